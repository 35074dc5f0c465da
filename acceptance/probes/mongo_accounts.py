"""Who may do what in MongoDB, with inherited privileges resolved; how the application's URIs are set."""

from __future__ import annotations

from collections.abc import Callable

from acceptance.facts import ProbeError, Unseen, facts, offenders, seen

MAY = frozenset({
    "changeStream", "cleanupStructuredEncryptionData", "collStats", "compactStructuredEncryptionData",
    "convertToCapped", "createCollection", "createIndex", "createSearchIndexes", "dbHash", "dbStats", "dropCollection",
    "dropIndex", "dropSearchIndex", "find", "insert", "killCursors", "listCollections", "listIndexes",
    "listSearchIndexes", "planCacheRead", "remove", "renameCollectionSameDB", "update", "updateSearchIndex",
})  # fmt: skip  # what the built-in role readWrite grants
MUST = frozenset({"find", "insert", "update", "remove"})
ADMIN_ROLES = ("root", "userAdminAnyDatabase", "__system", "atlasAdmin")
ADMINS_OF_ADMIN = ("userAdmin@admin", "dbOwner@admin")  # they may give themselves any role
STRONG = ("SCRAM-SHA-256", "MONGODB-X509", "PLAIN", "GSSAPI", "MONGODB-AWS", "MONGODB-OIDC")


@facts
class Privilege:
    """What may be done where: "cluster", "any resource", "any database", a database or one collection ("db.name")."""

    where: str
    actions: tuple[str, ...]


@facts
class User:
    """A user; `roles` are written role@database, `external` ones are known to X.509, LDAP or IAM."""

    name: str
    roles: tuple[str, ...]
    mechanisms: tuple[str, ...]
    external: bool

    @property
    def administers(self) -> bool:
        """Whether one of the roles lets him make users everywhere."""
        return any(role.partition("@")[0] in ADMIN_ROLES or role in ADMINS_OF_ADMIN for role in self.roles)


@facts
class Application:
    """A user that a service logs in with."""

    name: str
    roles: tuple[str, ...]
    privileges: tuple[Privilege, ...]

    def beyond(self, database: str) -> tuple[str, ...]:
        """What it may do beyond reading and writing a database. Built-in read and readWrite grow with the server."""
        if set(self.roles) <= {f"read@{database}", f"readWrite@{database}"}:
            return ()
        excess = [
            (p.where, set(p.actions) - (MAY if f"{p.where}.".startswith(f"{database}.") else set()))
            for p in self.privileges
        ]
        return tuple(f"{', '.join(sorted(more)[:4])} on {where}" for where, more in excess if more)


@facts
class Uri:
    """What an application's URI sets; None where it sets nothing, 0 where it waits for ever."""

    credential: str
    max_pool_size: int | None
    connect_s: float | None
    selection_s: float | None
    socket_s: float | None
    tls: bool


@facts
class Accounts:
    """Users and URIs. `database` is the only one that the application may use."""

    database: str
    pool_at_most: int  # the target's bound for maxPoolSize
    users: tuple[User, ...] | Unseen
    applications: tuple[Application | Unseen, ...]
    uris: tuple[Uri | Unseen, ...]
    collections: tuple[str, ...] = ()  # that every application must read and write

    def admins(self) -> tuple[str, ...]:
        """Users who administer the whole server."""
        return tuple(u.name for u in seen(self.users) if u.administers)

    def admins_with_weak_login(self) -> tuple[str, ...]:
        """Administrators with a mechanism set that has nothing stronger than SCRAM-SHA-1."""
        return tuple(
            f"{u.name}: {', '.join(u.mechanisms) or 'no mechanism'}"
            for u in seen(self.users)
            if u.administers and not u.external and not set(u.mechanisms) & set(STRONG)
        )

    def application_may_too_much(self) -> tuple[str, ...]:
        """What an application's user may do beyond reading and writing its database."""
        found = [
            f"{user.name} ({', '.join(user.roles)}) may {excess}"
            for user in self._applications()
            for excess in user.beyond(self.database)
        ]
        return offenders(found, self._unseen())

    def application_lacks(self) -> tuple[str, ...]:
        """What an application's user can't do although it must."""
        found = []
        for user in self._applications():
            for place in [f"{self.database}.{name}" for name in self.collections] or [self.database]:
                held = {a for p in user.privileges if p.where in (self.database, place) for a in p.actions}
                found += [f"{user.name} can't {action} on {place}" for action in sorted(MUST - held)]
        return offenders(found, self._unseen())

    def without_pool_bound(self) -> tuple[str, ...]:
        """URIs that set no maxPoolSize, 0 (no bound), or one over the target's bound."""
        bound = self.pool_at_most
        return self._uris(
            lambda u: not u.max_pool_size or u.max_pool_size > bound,
            lambda u: f"maxPoolSize {u.max_pool_size}, expected 1 to {bound}",
        )

    def without_timeouts(self, *, at_most_s: float) -> tuple[str, ...]:
        """URIs that leave a time-out out, set it to 0 (for ever) or above the bound."""
        return self._uris(
            lambda u: any(not t or t > at_most_s for t in (u.connect_s, u.selection_s, u.socket_s)),
            lambda u: f"connect {u.connect_s} s, server selection {u.selection_s} s, socket {u.socket_s} s",
        )

    def _uris(self, is_wrong: Callable[[Uri], bool], shown: Callable[[Uri], str]) -> tuple[str, ...]:
        if not self.uris:
            raise ProbeError("the application's URI", "the target's [mongo] application names none")
        found = [f"{u.credential}: {shown(u)}" for u in self.uris if isinstance(u, Uri) and is_wrong(u)]
        return offenders(found, [u for u in self.uris if isinstance(u, Unseen)])

    def _applications(self) -> tuple[Application, ...]:
        if not self.applications:
            raise ProbeError("the application's user", "the target's [mongo] application names none")
        return tuple(a for a in self.applications if isinstance(a, Application))

    def _unseen(self) -> list[Unseen]:
        return [a for a in self.applications if isinstance(a, Unseen)]
