"""MongoDB's facts of a healthy set, made by hand; what a test is about is replaced."""

from __future__ import annotations

from dataclasses import replace

from acceptance.facts import Unseen
from acceptance.probes.mongo import Hello, Mongo, Service
from acceptance.probes.mongo_accounts import Accounts, Application, Privilege, Uri, User
from acceptance.probes.mongo_content import Broken, Collection, Content, Index, OnMember, Plan, WantedIndex
from acceptance.probes.mongo_members import InSet, Member, Members, Profiler, Replication

NAMES = ("m1:27017", "m2:27017", "m3:27017")
EMAIL = Index(("email:1",), True, None, False)
BY_USER = Index(("user_id:1", "open_time:-1"), False, None, False)


def member(name: str = NAMES[0], **changes: object) -> Member:
    """A healthy member."""
    made = Member(
        name=name, kind="primary" if name == NAMES[0] else "secondary", version="7.0.14", compatibility="7.0",
        tls_mode="requireTLS", plain=False, certificate="", open_to_strangers=(), authorization="authorization",
        mechanisms=("SCRAM-SHA-256",), encrypted=True, audit="file", profiler=Profiler(1, 100, 1.0), connections=9,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def in_set(name: str, **changes: object) -> InSet:
    """The member as the set sees it."""
    made = InSet(name, "PRIMARY" if name == NAMES[0] else "SECONDARY", True, 1, False, False, 0.0)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def content(**changes: object) -> Content:
    """A healthy database."""
    collections = (Collection("users", (EMAIL,)), Collection("trades", (BY_USER,)))
    made = Content(
        database="bot_core", users="users", expected=("users", "trades"),
        wanted=(WantedIndex("users", EMAIL), WantedIndex("trades", BY_USER)),
        on=tuple(OnMember(name, ("admin", "bot_core"), collections) for name in NAMES),
        plans=(Plan("trades of a user", NAMES[1], ("FETCH", "IXSCAN"), 10, 10, 1.0),),
        invariants=(Broken("no trade of nothing", 0, ()),), counts={"users": 40, "trades": 400},
        before={"users": 40, "trades": 400}, may_shrink_percent=1.0, newest_migration="0042", wanted_migration="0042",
        seeded={"users": 40},
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def accounts(**changes: object) -> Accounts:
    """Healthy users and URIs."""
    actions = ("find", "insert", "remove", "update")
    made = Accounts(
        database="bot_core", pool_at_most=100,
        users=(User("admin@admin", ("root@admin",), ("SCRAM-SHA-256",), False),),
        applications=(Application("app@bot_core", ("own@bot_core",), (Privilege("bot_core", actions),)),),
        uris=(Uri("app", 20, 5.0, 5.0, 20.0, True),),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def service(**changes: object) -> Service:
    """A service that is connected."""
    made = Service(
        "engine",
        4,
        ("10.0.0.7",),
        ("app@bot_core",),
        ("bot_core",),
        "up",
        "up",
        tuple(Hello(name, "") for name in NAMES),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def mongo(**changes: object) -> Mongo:
    """A healthy set."""
    made = Mongo(
        members=Members(tuple(member(name) for name in NAMES)),
        replication=Replication("rs0", tuple(in_set(name) for name in NAMES), ()),
        accounts=accounts(), content=content(), services=(service(),), own_users=("app@bot_core",),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def mongo_with(*, counts: dict[str, int | Unseen]) -> Mongo:
    """A healthy set with these counts."""
    return mongo(content=content(counts=counts))
