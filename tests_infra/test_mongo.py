"""MongoDB: the set, who may log in, what lies in it, who is connected. Facts: acceptance/probes/mongo.py."""

from acceptance import item


@item("INFRA-MONGO-01")
def test_every_service_reaches_mongodb(mongo, nothing_runs):
    """Open the way from the service's network to each member, port 27017."""
    assert not mongo.members.not_reached()
    assert nothing_runs or not mongo.members_out_of_reach()
    assert nothing_runs or not mongo.services_without_connection()


@item("INFRA-MONGO-02")
def test_every_member_runs_6_0_or_newer(mongo):
    """Upgrade member by member, then set the feature compatibility version."""
    assert not mongo.members.older_than("6.0")
    assert not mongo.members.on_another_minor_version()
    assert not mongo.members.compatibility_behind()


@item("INFRA-MONGO-03")
def test_replica_set_has_3_healthy_data_bearing_members(mongo):
    """Add the missing member, or bring the sick one back by an initial sync."""
    assert len(mongo.replication.voting_data_members()) >= 3
    assert len(mongo.replication.primaries()) == 1
    assert not mongo.replication.members_not_serving()
    assert not mongo.replication.members_behind(seconds=10)
    assert mongo.replication.votes() % 2 == 1


@item("INFRA-MONGO-04")
def test_strangers_are_refused(mongo):
    """Set security.authorization: enabled and a keyFile on every member, and restart them in turn."""
    assert not mongo.members.open_to_strangers()
    assert not mongo.members.without_authorization()


@item("INFRA-MONGO-05")
def test_admin_logs_in_by_a_strong_mechanism(mongo, defaults):
    """Give the admin SCRAM-SHA-256 by updateUser with a new password."""
    assert not defaults.that_work("mongodb")
    assert mongo.accounts.admins()
    assert not mongo.accounts.admins_with_weak_login()


@item("INFRA-MONGO-06")
def test_application_may_do_what_it_must_and_no_more(mongo):
    """Grant the application's user readWrite on its database, and revoke all else."""
    assert not mongo.accounts.application_lacks()
    assert not mongo.accounts.application_may_too_much()


@item("INFRA-MONGO-07")
def test_database_exists_and_is_used(mongo, nothing_runs):
    """Point the service's DATABASE_URL to the target's database."""
    assert not mongo.content.members_without_database()
    assert nothing_runs or not mongo.services_elsewhere()


@item("INFRA-MONGO-08")
def test_expected_collections_exist(mongo):
    """Run the init script or the migration that creates the collection."""
    assert not mongo.content.missing_collections()


@item("INFRA-MONGO-09")
def test_expected_indexes_are_built(mongo):
    """Create the index as the target lists it, and wait until it is built."""
    assert not mongo.content.missing_indexes()
    assert not mongo.content.indexes_still_building()
    assert not mongo.content.users_without_unique_email()


@item("INFRA-MONGO-10")
def test_application_bounds_its_pool(mongo):
    """Set maxPoolSize in the application's URI."""
    assert not mongo.accounts.without_pool_bound()


@item("INFRA-MONGO-11")
def test_application_does_not_wait_for_ever(mongo):
    """Set connectTimeoutMS, serverSelectionTimeoutMS and socketTimeoutMS (or timeoutMS) in the application's URI."""
    assert not mongo.accounts.without_timeouts(at_most_s=30)


@item("INFRA-MONGO-17")
def test_slow_operations_leave_a_trace(mongo):
    """Set operationProfiling.slowOpThresholdMs to at most 200, with sampleRate 1."""
    assert not mongo.members.not_recording_operations_slower_than(200)


@item("INFRA-MONGO-18")
def test_storage_is_encrypted(mongo):
    """Turn on encryption at rest on every member."""
    assert not mongo.members.unencrypted()


@item("INFRA-MONGO-19")
def test_connections_are_encrypted(mongo):
    """Set net.tls.mode: requireTLS with a certificate that names the member."""
    assert not mongo.members.answering_plain()
    assert not mongo.members.not_requiring_tls()
    assert not mongo.members.with_bad_certificate()


@item("INFRA-MONGO-20")
def test_audit_log_is_on(mongo):
    """Set auditLog.destination on every member."""
    assert not mongo.members.without_audit()


@item("INFRA-MONGO-12")
def test_set_fails_over_within_30_seconds(mongo_failover):
    """Look at electionTimeoutMillis and priorities; let the services retry their reads and writes."""
    assert mongo_failover.new_primary_within(30)
    assert mongo_failover.error_rate_percent() < 5
    assert not mongo_failover.set_not_as_before()
