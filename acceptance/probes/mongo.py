"""MongoDB as a read-only monitoring user sees it: every member, the set, accounts, content, and who is connected."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from acceptance.facts import ProbeError, Unseen, facts, offenders
from acceptance.probes.mongo_accounts import Accounts
from acceptance.probes.mongo_content import Content
from acceptance.probes.mongo_members import Members, Replication
from acceptance.visit import Visit


@facts
class Hello:
    """A member as the service calls it, and why it did not answer from the service's own network; "" it did."""

    member: str
    why: str | Unseen


@facts
class Service:
    """A service of the target at the database. `says` is its own word, `expected` what it must be."""

    name: str
    connections: int | Unseen
    clients: tuple[str, ...]  # addresses, without ports
    users: tuple[str, ...]  # user@database
    databases: tuple[str, ...]  # of operations that were under way
    says: str | Unseen
    expected: str
    reach: tuple[Hello, ...] | Unseen

    def __repr__(self) -> str:
        return f"{self.name}: {self.connections} connections, says {self.says!r}"


@facts
class Mongo:
    """One look at the database."""

    members: Members
    replication: Replication
    accounts: Accounts
    content: Content
    services: tuple[Service, ...]
    own_users: tuple[str, ...]  # users that may use no other database than the target's, as user@database

    def __repr__(self) -> str:
        return f"MongoDB {self.replication.name or 'without a set'}: {', '.join(map(repr, self.members.each))}"[:200]

    def looked(self) -> str:
        """What was looked at."""
        reached = [m for m in self.members.each if m.kind]
        return (
            f"MongoDB {self.replication.name}: {len(reached)} of {len(self.members.each)} members "
            f"({', '.join(m.name for m in reached)}), {len(self.services)} services, "
            f"{len(self.content.expected)} collections of {self.content.database}"
        )

    def services_without_connection(self) -> tuple[str, ...]:
        """Services of which no member holds a connection."""
        lacking = [s.name for s in self._services() if s.connections == 0]
        return offenders(lacking, [s.connections for s in self.services if isinstance(s.connections, Unseen)])

    def members_out_of_reach(self) -> tuple[str, ...]:
        """Members that don't answer from a service's own network."""
        found, unseen = [], []
        for service in self._services():
            if isinstance(service.reach, Unseen):
                unseen.append(service.reach)
                continue
            if not service.reach:
                unseen.append(Unseen(f"MongoDB from {service.name}", "no member was asked"))
            for hello in service.reach:
                if isinstance(hello.why, Unseen):
                    unseen.append(hello.why)
                elif hello.why:
                    found.append(f"{service.name} does not reach {hello.member}: {hello.why}")
        return offenders(found, unseen)

    def services_elsewhere(self) -> tuple[str, ...]:
        """Services that work on another database, or whose connections don't show that they use the right one."""
        ours = self.content.database
        elsewhere, unseen = [], []
        for service in self._services():
            if isinstance(service.connections, Unseen):
                unseen.append(service.connections)
            elif others := [d for d in service.databases if d not in (ours, "admin", "config", "local", "$external")]:
                elsewhere.append(f"{service.name} works on {', '.join(others)}")
            elif not service.connections:
                elsewhere.append(f"{service.name} has no connection")
            elif ours not in service.databases and not set(service.users) & set(self.own_users):
                unseen.append(Unseen(f"the database that {service.name} uses", "none of its operations was under way"))
        return offenders(elsewhere, unseen)

    def services_that_report_it_down(self) -> tuple[str, ...]:
        """Services whose own status document does not say that the database is up."""
        down = [
            f"{s.name} says {s.says!r}, expected {s.expected!r}"
            for s in self._services()
            if not isinstance(s.says, Unseen) and s.says != s.expected
        ]
        return offenders(down, [s.says for s in self.services if isinstance(s.says, Unseen)])

    def _services(self) -> tuple[Service, ...]:
        if not self.services:
            raise ProbeError("services at the database", "the target's [mongo.services] names none")
        return self.services


def look(visit: Visit) -> Mongo:
    """Ask every member that the target names, all at once, after one log-in has shown that the credentials hold."""
    from pymongo.errors import ConfigurationError

    from acceptance.probes.mongo_look_accounts import look_at_accounts, own_users
    from acceptance.probes.mongo_look_content import look_at_content
    from acceptance.probes.mongo_look_members import close, look_at_members
    from acceptance.probes.mongo_look_services import look_at_services

    try:
        asked = look_at_members(visit)
    except ConfigurationError as problem:
        raise ProbeError("MongoDB", f"the URI can't be used: {problem}") from None
    try:
        reader = asked.reader()
        with ThreadPoolExecutor(3) as threads:
            accounts = threads.submit(look_at_accounts, visit, reader)
            content = threads.submit(look_at_content, visit, asked)
            services = threads.submit(look_at_services, visit, asked)
            known = accounts.result()
            return Mongo(
                Members(asked.members, asked.unlisted),
                asked.replication,
                known,
                content.result(),
                services.result(),
                own_users(known),
            )
    finally:
        close(asked)
