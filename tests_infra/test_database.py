"""The database after the deployment: connections of each service, migrations, indexes, queries, sound data."""

from acceptance import item


@item("INFRA-DATA-01")
def test_every_service_is_connected(mongo):
    """Look into the service's log for why it lost or never had its database."""
    assert not mongo.services_that_report_it_down()
    assert not mongo.services_without_connection()
    assert not mongo.services_elsewhere()


@item("INFRA-DATA-02")
def test_migrations_are_complete(mongo):
    """Run the release's migrations; their log names the one that failed."""
    assert not mongo.content.migrations_behind()


@item("INFRA-DATA-03")
def test_initial_data_are_there(mongo):
    """Run the seed script for the collection that is empty."""
    assert not mongo.content.empty_seeds()


@item("INFRA-DATA-04")
def test_indexes_are_as_specified(mongo):
    """Create what is missing; drop the duplicate, or list it in the target."""
    assert not mongo.content.missing_indexes()
    assert not mongo.content.indexes_still_building()
    assert not mongo.content.duplicate_indexes()


@item("INFRA-DATA-05")
def test_listed_queries_use_an_index_and_answer_within_100_ms(mongo):
    """Create an index that begins with the query's fields, or unhide it."""
    assert not mongo.content.queries_without_index()
    assert not mongo.content.queries_slower_than(100)


@item("INFRA-GATE-02")
def test_database_is_accessible_from_all_services(mongo):
    """Look into the service's log for why it lost or never had its database."""
    assert not mongo.services_that_report_it_down()
    assert not mongo.services_without_connection()
    assert not mongo.services_elsewhere()


@item("INFRA-ROLL-01")
def test_no_data_are_corrupted(mongo):
    """Stop writing, keep the evidence, and restore what the invariant names."""
    assert not mongo.content.broken_invariants()
    assert not mongo.content.shrunk_collections()


@item("INFRA-ROLL-03")
def test_database_can_be_reached(mongo):
    """Look into the service's log for why it lost or never had its database."""
    assert not mongo.services_that_report_it_down()
    assert not mongo.services_without_connection()
    assert not mongo.services_elsewhere()


@item("INFRA-DATA-06")
def test_pool_holds_under_a_burst(mongo_burst):
    """Share one client in each process, and set maxPoolSize."""
    assert not mongo_burst.pools_over_their_bound()


@item("INFRA-DATA-07")
def test_connections_are_given_back_after_a_burst(mongo_burst):
    """Close cursors and sessions, and set maxIdleTimeMS below 60 s."""
    assert not mongo_burst.pools_not_given_back(within_percent=10, seconds=60)
