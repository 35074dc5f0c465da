"""Where MongoDB's items turn: versions, lag, votes, time-outs, plans, services; wrong beats unseen, empty is no pass."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.facts import Unseen
from acceptance.probes.defaults import Default, Defaults
from acceptance.probes.mongo_accounts import Application, Privilege, Uri, User
from acceptance.probes.mongo_burst import MongoBurst, Pool
from acceptance.probes.mongo_content import Broken, Collection, Index, OnMember, Plan
from acceptance.probes.mongo_failover import MongoFailover
from acceptance.probes.mongo_members import Members, Profiler, Replication
from acceptance.verdict import Status
from selftests.judging import BLOCKED, FAIL, PASS, judge
from selftests.mongo_facts import BY_USER, EMAIL, NAMES, accounts, content, in_set, member, mongo, service

UNSEEN = Unseen("it", "for the test")
REFUSED = Defaults((Default("mongodb admin", "m1", "admin", 18, let_in=False),))
ROOT = User("admin@admin", ("root@admin",), ("SCRAM-SHA-256",), False)
ALL = [
    *(f"INFRA-MONGO-{n:02}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 17, 18, 19, 20)),
    *(f"INFRA-DATA-{n:02}" for n in range(1, 6)),
    "INFRA-GATE-02", "INFRA-ROLL-01", "INFRA-ROLL-03",
]  # fmt: skip


def members(**changes: Any) -> Members:
    return Members((member(), member(NAMES[1]), member(NAMES[2], **changes)))


@pytest.mark.parametrize("id", ALL)
def test_healthy_set_passes(id: str) -> None:
    assert judge(id, mongo=mongo(), defaults=REFUSED) is PASS


@pytest.mark.parametrize(
    "id, changes, status",
    [
        ("INFRA-MONGO-01", {"kind": ""}, FAIL),
        ("INFRA-MONGO-02", {"version": "5.0.31", "compatibility": "5.0"}, FAIL),
        ("INFRA-MONGO-02", {"version": "8.0.4", "compatibility": "8.0"}, FAIL),  # the others run 7.0
        ("INFRA-MONGO-02", {"version": "7.0.21"}, PASS),
        ("INFRA-MONGO-02", {"version": UNSEEN}, BLOCKED),
        ("INFRA-MONGO-02", {"compatibility": "6.0"}, FAIL),
        ("INFRA-MONGO-04", {"open_to_strangers": ("find",)}, FAIL),
        ("INFRA-MONGO-04", {"open_to_strangers": UNSEEN}, BLOCKED),
        ("INFRA-MONGO-04", {"authorization": ""}, FAIL),
        ("INFRA-MONGO-17", {"profiler": Profiler(0, 200, 1.0)}, PASS),
        ("INFRA-MONGO-17", {"profiler": Profiler(0, 201, 1.0)}, FAIL),
        ("INFRA-MONGO-17", {"profiler": Profiler(1, 100, 0.01)}, FAIL),
        ("INFRA-MONGO-17", {"profiler": Profiler(2, 10_000, 0.5)}, PASS),
        ("INFRA-MONGO-18", {"encrypted": False}, FAIL),
        ("INFRA-MONGO-18", {"encrypted": UNSEEN}, BLOCKED),
        ("INFRA-MONGO-19", {"plain": True}, FAIL),
        ("INFRA-MONGO-19", {"plain": UNSEEN}, BLOCKED),
        ("INFRA-MONGO-19", {"tls_mode": "preferTLS"}, FAIL),
        ("INFRA-MONGO-19", {"certificate": "certificate has expired"}, FAIL),
        ("INFRA-MONGO-20", {"audit": ""}, FAIL),
    ],
)
def test_one_member(id: str, changes: dict[str, Any], status: Status) -> None:
    assert judge(id, mongo=mongo(members=members(**changes))) is status


@pytest.mark.parametrize(
    "third, status",
    [
        ({"lag_s": 9.9}, PASS),
        ({"lag_s": 10.0}, FAIL),
        ({"lag_s": None}, FAIL),
        ({"votes": 0}, FAIL),
        ({"lag_s": 0.0, "delay_s": 3600.0}, FAIL),  # two hold today's data
        ({"state": "RECOVERING"}, FAIL),
        ({"state": "ARBITER", "arbiter": True, "lag_s": None}, FAIL),
        ({"state": "PRIMARY"}, FAIL),
        ({"healthy": False}, FAIL),
    ],
)
def test_third_member_in_the_set(third: dict[str, Any], status: Status) -> None:
    in_it = (in_set(NAMES[0]), in_set(NAMES[1]), in_set(NAMES[2], **third))
    assert judge("INFRA-MONGO-03", mongo=mongo(replication=Replication("rs0", in_it, ()))) is status


def test_sets_of_other_sizes() -> None:
    two = Replication("rs0", (in_set(NAMES[0]), in_set(NAMES[1])), ())
    four = Replication("rs0", tuple(in_set(name) for name in (*NAMES, "m4:27017")), ())
    with_arbiter = Replication("rs0", (*four.in_set, in_set("m5:27017", state="ARBITER", arbiter=True)), ())  # type: ignore[misc]
    assert judge("INFRA-MONGO-03", mongo=mongo(replication=two)) is FAIL
    assert judge("INFRA-MONGO-03", mongo=mongo(replication=four)) is FAIL  # four votes
    assert judge("INFRA-MONGO-03", mongo=mongo(replication=with_arbiter)) is PASS
    delayed = in_set("m4:27017", votes=0, hidden=True, delay_s=3600.0)
    three = tuple(in_set(name) for name in NAMES)
    assert judge("INFRA-MONGO-03", mongo=mongo(replication=Replication("rs0", (*three, delayed), ()))) is PASS
    assert judge("INFRA-MONGO-03", mongo=mongo(replication=Replication("", UNSEEN, ()))) is BLOCKED


@pytest.mark.parametrize(
    "id, changes, status",
    [
        ("INFRA-MONGO-05", {"users": ()}, FAIL),
        ("INFRA-MONGO-05", {"users": UNSEEN}, BLOCKED),
        ("INFRA-MONGO-05", {"users": (User("a@admin", ("root@admin",), ("SCRAM-SHA-1",), False),)}, FAIL),
        ("INFRA-MONGO-05", {"users": (User("a@$external", ("root@admin",), (), True),)}, PASS),
        ("INFRA-MONGO-05", {"users": (User("a@admin", ("atlasAdmin@admin",), ("SCRAM-SHA-256",), False),)}, PASS),
        ("INFRA-MONGO-05", {"users": (ROOT, User("b@admin", ("userAdmin@admin",), ("SCRAM-SHA-1",), False))}, FAIL),
        ("INFRA-MONGO-05", {"users": (ROOT, User("b@x", ("userAdmin@x",), ("SCRAM-SHA-1",), False))}, PASS),
        ("INFRA-MONGO-06", {"applications": ()}, BLOCKED),
        ("INFRA-MONGO-06", {"applications": (UNSEEN,)}, BLOCKED),
        ("INFRA-MONGO-10", {"uris": (Uri("app", None, 5.0, 5.0, 20.0, True),)}, FAIL),
        ("INFRA-MONGO-10", {"uris": (Uri("app", 0, 5.0, 5.0, 20.0, True),)}, FAIL),
        ("INFRA-MONGO-10", {"uris": (Uri("app", 101, 5.0, 5.0, 20.0, True),)}, FAIL),
        ("INFRA-MONGO-10", {"uris": (Uri("app", 100, 5.0, 5.0, 20.0, True),)}, PASS),
        ("INFRA-MONGO-10", {"uris": (UNSEEN,)}, BLOCKED),
        ("INFRA-MONGO-11", {"uris": (Uri("app", 20, 30.0, 30.0, 30.0, True),)}, PASS),
        ("INFRA-MONGO-11", {"uris": (Uri("app", 20, 30.0, 30.1, 30.0, True),)}, FAIL),
        ("INFRA-MONGO-11", {"uris": (Uri("app", 20, 5.0, 5.0, None, True),)}, FAIL),
        ("INFRA-MONGO-11", {"uris": ()}, BLOCKED),
    ],
)
def test_accounts(id: str, changes: dict[str, Any], status: Status) -> None:
    assert judge(id, mongo=mongo(accounts=accounts(**changes)), defaults=REFUSED) is status


@pytest.mark.parametrize(
    "tried, status",
    [
        ((Default("mongodb admin", "m1", "admin", 18, let_in=True),), FAIL),
        ((Default("grafana", "g", "admin", 401, let_in=False),), BLOCKED),
        ((UNSEEN,), BLOCKED),
    ],
)
def test_default_passwords(tried: tuple[Default | Unseen, ...], status: Status) -> None:
    assert judge("INFRA-MONGO-05", mongo=mongo(), defaults=Defaults(tried)) is status


@pytest.mark.parametrize(
    "roles, where, actions, status",
    [
        (("readWrite@bot_core",), "bot_core", ("find", "insert", "update", "remove", "aNewActionOfReadWrite"), PASS),
        (("own@bot_core",), "bot_core", ("find", "insert", "update", "remove", "dropDatabase"), FAIL),
        (("own@bot_core",), "cluster", ("find", "insert", "update", "remove"), FAIL),
        (("readWriteAnyDatabase@admin",), "any database", ("find", "insert", "update", "remove"), FAIL),
        (("readWrite@other",), "other", ("find", "insert", "update", "remove"), FAIL),
        (("read@bot_core",), "bot_core", ("find",), FAIL),
    ],
)
def test_application(roles: tuple[str, ...], where: str, actions: tuple[str, ...], status: Status) -> None:
    user = Application("app@bot_core", roles, (Privilege(where, actions),))
    assert judge("INFRA-MONGO-06", mongo=mongo(accounts=accounts(applications=(user,)))) is status


@pytest.mark.parametrize(
    ("places", "status"),
    [
        (("bot_core.users", "bot_core.trades"), PASS),
        (("bot_core.users",), FAIL),
        (("bot_core.users", "bot_core.trades", "bot_core2.users"), FAIL),
    ],
)
def test_application_whose_role_names_single_collections(places: tuple[str, ...], status: Status) -> None:
    held = tuple(Privilege(place, ("find", "insert", "update", "remove")) for place in places)
    user = Application("app@bot_core", ("own@bot_core",), held)
    known = accounts(applications=(user,), collections=("users", "trades"))
    assert judge("INFRA-MONGO-06", mongo=mongo(accounts=known)) is status


def on(*indexes: Index, name: str = "trades") -> tuple[OnMember, ...]:
    return (OnMember(NAMES[0], ("bot_core",), (Collection("users", (EMAIL,)), Collection(name, indexes))),)


BY_ID = Index(("_id:1", "status:1"), False, None, False)


def emails(index: Index) -> tuple[OnMember, ...]:
    return (OnMember(NAMES[0], ("bot_core",), (Collection("users", (index,)), Collection("trades", (BY_USER,)))),)


@pytest.mark.parametrize(
    "id, changes, status",
    [
        ("INFRA-MONGO-07", {"on": (OnMember(NAMES[0], ("admin",), ()),)}, FAIL),
        ("INFRA-MONGO-08", {"on": on(BY_USER, name="orders")}, FAIL),
        ("INFRA-MONGO-08", {"on": (OnMember(NAMES[0], ("bot_core",), UNSEEN),)}, BLOCKED),
        ("INFRA-MONGO-09", {"on": on(Index(("open_time:-1", "user_id:1"), False, None, False))}, FAIL),
        ("INFRA-MONGO-09", {"on": on(Index(BY_USER.keys, True, None, False))}, FAIL),
        ("INFRA-MONGO-09", {"on": on(Index(BY_USER.keys, False, 3600, False))}, FAIL),
        ("INFRA-MONGO-09", {"on": on(BY_USER, Index(("status:1",), False, None, building=True))}, FAIL),
        ("INFRA-MONGO-09", {"wanted": ()}, BLOCKED),
        ("INFRA-DATA-04", {"on": on(BY_USER, Index(("user_id:1",), False, None, False))}, FAIL),
        ("INFRA-DATA-04", {"on": on(BY_USER, Index(("user_id:1",), True, None, False))}, PASS),  # it also forbids
        ("INFRA-DATA-04", {"on": on(BY_USER, Index(("_id:1",), False, None, False), BY_ID)}, PASS),
        ("INFRA-DATA-04", {"on": on(BY_USER, Index(("user_id:1",), False, None, False, special=True))}, PASS),
        ("INFRA-MONGO-09", {"on": emails(Index(("email:1",), True, None, False, special=True))}, PASS),
        ("INFRA-MONGO-09", {"on": emails(Index(("email:1",), True, None, False, partial=True))}, FAIL),
        ("INFRA-DATA-05", {"plans": (Plan("q", "m", ("COLLSCAN",), 1, 1, 1.0),)}, FAIL),
        ("INFRA-DATA-05", {"plans": (Plan("q", "m", ("EOF",), 0, 0, 0.0),)}, FAIL),  # no such collection
        ("INFRA-DATA-05", {"plans": (Plan("q", "m", ("FETCH", "IXSCAN"), 100, 10, 99.9),)}, PASS),
        ("INFRA-DATA-05", {"plans": (Plan("q", "m", ("FETCH", "IXSCAN"), 101, 10, 1.0),)}, FAIL),
        ("INFRA-DATA-05", {"plans": (Plan("q", "m", ("FETCH", "IXSCAN"), 11, 0, 1.0),)}, FAIL),
        ("INFRA-DATA-05", {"plans": (Plan("q", "m", ("FETCH", "IXSCAN"), 1, 1, 100.0),)}, FAIL),
        ("INFRA-DATA-05", {"plans": ()}, BLOCKED),
        ("INFRA-DATA-05", {"plans": (UNSEEN,)}, BLOCKED),
        ("INFRA-DATA-02", {"newest_migration": "0041"}, FAIL),
        ("INFRA-DATA-02", {"newest_migration": ""}, FAIL),
        ("INFRA-DATA-02", {"wanted_migration": UNSEEN}, BLOCKED),
        ("INFRA-DATA-03", {"seeded": {"users": 0}}, FAIL),
        ("INFRA-DATA-03", {"seeded": {}}, BLOCKED),
        ("INFRA-ROLL-01", {"invariants": (Broken("sound", 1, ("t-1",)),)}, FAIL),
        ("INFRA-ROLL-01", {"invariants": (UNSEEN,)}, BLOCKED),
        ("INFRA-ROLL-01", {"invariants": ()}, BLOCKED),
        ("INFRA-ROLL-01", {"counts": {"users": 40, "trades": 396}}, PASS),  # 1 % less
        ("INFRA-ROLL-01", {"counts": {"users": 40, "trades": 395}}, FAIL),
        ("INFRA-ROLL-01", {"before": UNSEEN}, BLOCKED),
    ],
)
def test_content(id: str, changes: dict[str, Any], status: Status) -> None:
    assert judge(id, mongo=mongo(content=content(**changes))) is status


@pytest.mark.parametrize("id", ["INFRA-GATE-02", "INFRA-DATA-01", "INFRA-ROLL-03"])
@pytest.mark.parametrize(
    "changes, status",
    [
        ({"connections": 0}, FAIL),
        ({"connections": UNSEEN}, BLOCKED),
        ({"says": "down"}, FAIL),
        ({"says": ""}, FAIL),
        ({"says": UNSEEN}, BLOCKED),
        ({"databases": ("trading_bot",)}, FAIL),
        ({"databases": ("bot_core", "trading_bot")}, FAIL),
        ({"databases": ()}, PASS),  # its user may use no other
        ({"databases": (), "users": ("root@admin",)}, BLOCKED),
    ],
)
def test_services(id: str, changes: dict[str, Any], status: Status) -> None:
    assert judge(id, mongo=mongo(services=(service(), service(**{"name": "ai", **changes})))) is status


def test_no_service_named_is_no_pass() -> None:
    assert judge("INFRA-GATE-02", mongo=mongo(services=())) is BLOCKED


@pytest.mark.parametrize(
    "id, pool, status",
    [
        ("INFRA-DATA-06", {"peak": 22}, PASS),
        ("INFRA-DATA-06", {"peak": 23}, FAIL),
        ("INFRA-DATA-07", {"before": 10, "after": 11, "returned_after_s": 60.0}, PASS),
        ("INFRA-DATA-07", {"before": 10, "after": 12, "returned_after_s": 5.0}, FAIL),
        ("INFRA-DATA-07", {"before": 10, "after": 10, "returned_after_s": None}, FAIL),
    ],
)
def test_pools(id: str, pool: dict[str, Any], status: Status) -> None:
    known: dict[str, Any] = {"before": 4, "peak": 9, "after": 4, "returned_after_s": 0.5}
    seen = MongoBurst("portfolio", 400, 0, 1.5, (Pool("engine", "m1", 22, **{**known, **pool}),), ())
    assert judge(id, mongo_burst=seen) is status


@pytest.mark.parametrize(
    "plans, status",
    [
        ((Plan("q", "m", ("IXSCAN",), 1, 1, 100.0),), PASS),
        ((Plan("q", "m", ("IXSCAN",), 1, 1, 100.1),), FAIL),
        ((UNSEEN,), BLOCKED),
        ((), BLOCKED),
    ],
)
def test_queries_under_load(plans: tuple[Plan | Unseen, ...], status: Status) -> None:
    assert judge("PERF-DATA-01", mongo_burst=MongoBurst("portfolio", 400, 0, 1.5, (), plans)) is status


@pytest.mark.parametrize(
    "changes, status",
    [
        ({}, PASS),
        ({"took_s": 30.0}, PASS),
        ({"took_s": 30.1}, FAIL),
        ({"took_s": None}, FAIL),
        ({"failed": 4}, PASS),
        ({"failed": 5}, FAIL),
        ({"requests": 39}, BLOCKED),
        ({"states_after": {"m1": "SECONDARY", "m2": "PRIMARY"}}, FAIL),
        ({"states_after": {}}, FAIL),
        ({"states_after": {"m1": "RECOVERING", "m2": "PRIMARY", "m3": "SECONDARY"}}, FAIL),
    ],
)
def test_failover(changes: dict[str, Any], status: Status) -> None:
    known: dict[str, Any] = {
        "old": "m1", "new": "m2", "took_s": 9.0, "operation": "portfolio", "requests": 100, "failed": 0,
        "last_failure": "", "states_before": {"m1": "PRIMARY", "m2": "SECONDARY", "m3": "SECONDARY"},
        "states_after": {"m1": "SECONDARY", "m2": "PRIMARY", "m3": "SECONDARY"},
    }  # fmt: skip
    assert judge("INFRA-MONGO-12", mongo_failover=MongoFailover(**{**known, **changes})) is status
