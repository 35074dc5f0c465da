"""What is held against the deployed directories: .env, work tree, configuration files. Facts: deployment.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from acceptance.facts import Unseen
from acceptance.probes.verbosity import directives_beyond

if TYPE_CHECKING:
    from acceptance.probes.configuration import Configuration, Configured
    from acceptance.probes.deployment import Config, Deployment, EnvFile, Git
    from acceptance.probes.release import ReleaseFile

T = TypeVar("T")

Held = Iterator[str | Unseen]


def none_named(names: tuple[str, ...], what: str) -> Iterator[Unseen]:
    """What is unseen where the target names none of what is judged."""
    if not names:
        yield Unseen(what, "the target names none")


class Deployed:
    """What is held against the deployed directories; each method names every offender by its host."""

    def __init__(self, configuration: Configuration) -> None:
        self._all = configuration

    def __repr__(self) -> str:
        return repr(self._all)[:200]

    def _of(self, part: str, find: Callable[[Configured, T], Iterable[str | Unseen]]) -> tuple[str, ...]:
        def each(host: Configured, deployment: Deployment) -> Held:
            value = getattr(deployment, part)
            if isinstance(value, Unseen):
                yield value
            else:
                yield from find(host, value)

        return self._all.judged("deployment", each)

    def env_faults(self) -> tuple[str, ...]:
        """Names missing, placeholders left, foreign owner, open mode, carriage returns."""

        def find(host: Configured, e: EnvFile) -> Held:
            if isinstance(e.missing, Unseen):
                yield e.missing
            else:
                yield from (f"{name} is missing" for name in e.missing)
            yield from (f"{name} is still a placeholder" for name in e.placeholders)
            if e.mode not in ("600", "640", "400", "440"):
                yield f"{e.path} has mode {e.mode}"
            if e.owner != host.deploy_user:
                yield f"{e.path} belongs to {e.owner}, not {host.deploy_user}"
            if e.carriage_returns:
                yield f"{e.path} has CRLF line ends, which become part of values"

        return self._of("env", find)

    def without_env(self) -> tuple[str, ...]:
        """Hosts whose deployed directory has no .env."""

        def find(_: Configured, d: Deployment) -> Held:
            if isinstance(d.env, Unseen):
                yield f"{d.env.why}" if "No such file" in d.env.why else d.env
            elif not d.env.names:
                yield f"{d.env.path} is empty"

        return self._all.judged("deployment", find)

    def settings_other_than(self, name: str, value: str) -> tuple[str, ...]:
        def find(_: Configured, e: EnvFile) -> Held:
            if e.settings.get(name) != value:
                yield f"{name} is {e.settings.get(name, 'not set')!r} in {e.path}"

        return self._of("env", find)

    def level_other_than(self, name: str, level: str) -> tuple[str, ...]:
        """A level is the same in small and capital letters."""

        def find(_: Configured, e: EnvFile) -> Held:
            if e.settings.get(name, "").lower() != level:
                yield f"{name} is {e.settings.get(name, 'not set')!r} in {e.path}"

        return self._of("env", find)

    def more_verbose_than(self, name: str, level: str) -> tuple[str, ...]:
        """RUST_LOG's directives that are more verbose; not set, or no plain level among them, offends too."""

        def find(_: Configured, e: EnvFile) -> Held:
            default = [d.strip().lower() for d in e.settings.get(name, "").split(",") if "=" not in d]
            if default != [level]:
                yield f"{name} is {e.settings.get(name, 'not set')!r}; {level} is its default level"
            for word in directives_beyond(e.settings.get(name, ""), level):
                yield f"{name} has a directive of {word}"

        return self._of("env", find)

    def keys_not_set(self, *names: str) -> tuple[str, ...]:
        """Keys that are missing, placeholders, or of the wrong shape."""

        def find(_: Configured, e: EnvFile) -> Held:
            yield from none_named(names, "the credentials")
            for name in names:
                if not (s := e.secret(name)) or s.length == "empty":
                    yield f"{name} is not set"
                elif s.placeholder:
                    yield f"{name} is a placeholder"
                elif not s.right_shape:
                    yield f"{name} has not the shape of such a key"

        return self._of("env", find)

    def database_faults(self, database: str) -> tuple[str, ...]:
        def find(_: Configured, e: EnvFile) -> Held:
            if not e.databases:
                yield "neither DATABASE_URL nor MONGODB_URI is set"
            for d in e.databases:
                if not d.parses:
                    yield f"{d.name} is no MongoDB connection string"
                    continue
                if d.database != database:
                    yield f"{d.name} names database {d.database or 'none'}"
                if not d.has_credentials:
                    yield f"{d.name} has no credentials"
                if d.local:
                    yield f"{d.name} points at localhost"

        return self._of("env", find)

    def weak_tokens(self, *, random_bytes: int) -> tuple[str, ...]:
        """Security tokens that are missing, short, guessable, used twice, or in the repository's history."""

        def find(_: Configured, e: EnvFile) -> Held:
            yield from none_named(self._all.tokens, "the security tokens")
            for name in self._all.tokens:
                if not (s := e.secret(name)):
                    yield f"{name} is not set"
                    continue
                if s.random_bytes < random_bytes or s.placeholder or s.common:
                    yield f"{name} holds {s.random_bytes} random bytes"
                if s.same_as:
                    yield f"{name} has the value of {', '.join(s.same_as)}"
                if isinstance(e.committed, tuple) and name in e.committed:
                    yield f"{name} is in the repository's history"
            if isinstance(e.committed, Unseen):
                yield e.committed

        return self._of("env", find)

    def weak_passwords(self) -> tuple[str, ...]:
        """Passwords under 16 characters of three classes (or 24 random ones), common, or used twice."""

        def find(_: Configured, e: EnvFile) -> Held:
            passwords = [s for s in e.secrets if re.search(r"PASSWORD|PASSWD|_PASS$|_PWD$|the password in", s.name)]
            if not passwords:
                yield Unseen("database passwords", f"{e.path} has none")
            for s in passwords:
                long, longer = s.length not in ("empty", "1 to 15"), s.length in ("24 to 31", "32 or more")
                if not (long and s.classes >= 3) and not (longer and s.random_bytes >= 12):
                    yield f"{s.name} has {s.length} characters of {s.classes} classes"
                if s.common or s.placeholder:
                    yield f"{s.name} is a common password"
                if s.same_as:
                    yield f"{s.name} is also {', '.join(s.same_as)}"

        return self._of("env", find)

    def foreign_origins(self) -> tuple[str, ...]:
        """CORS origins that are not https on a production name."""
        allowed = {f"https://{name}" for name in self._all.domains}

        def find(_: Configured, e: EnvFile) -> Held:
            origins = [
                o.strip(" []\"'") for o in e.settings.get("CORS_ALLOWED_ORIGINS", "").split(",") if o.strip(" []\"'")
            ]
            if not origins:
                yield "CORS_ALLOWED_ORIGINS is not set"
            yield from (f"origin {origin} is allowed" for origin in origins if origin.rstrip("/") not in allowed)

        return self._of("env", find)

    def pair_faults(self) -> tuple[str, ...]:
        """Certificate or key missing, key readable by others, or of another certificate."""

        def find(_: Configured, e: EnvFile) -> Held:
            if isinstance(p := e.pair, Unseen):
                yield f"{p.why}" if "is not set" in p.why else p
                return
            if not p.certificate_there or not p.key_there:
                yield f"{p.key if p.certificate_there else p.certificate} does not exist"
                return
            if p.key_mode not in ("600", "400") and not (p.key_mode in ("640", "440") and p.key_owner == "root"):
                yield f"{p.key} has mode {p.key_mode}, owner {p.key_owner}"
            if not p.belong:
                yield f"{p.key} is the key of another certificate than {p.certificate}"

        return self._of("env", find)

    def monitoring_not_set(self) -> tuple[str, ...]:
        """Monitoring credentials that are missing, defaults or placeholders."""

        def find(_: Configured, e: EnvFile) -> Held:
            yield from none_named(self._all.monitoring, "the monitoring credentials")
            for name in self._all.monitoring:
                if not (s := e.secret(name)) or s.length == "empty":
                    yield f"{name} is not set"
                elif s.placeholder or s.common or s.as_example:
                    yield f"{name} is a default"

        return self._of("env", find)

    def external_not_set(self) -> tuple[str, ...]:
        return self.keys_not_set(*self._all.external)

    def secrets_not_of_this_environment(self) -> tuple[str, ...]:
        """Secrets with the example's value, or that of another target."""

        def find(_: Configured, e: EnvFile) -> Held:
            if not e.secrets:
                yield Unseen("the secrets", f"{e.path} has none")
            for s in e.secrets:
                if s.as_example:
                    yield f"{s.name} has the example's value"
                yield from (f"{s.name} is also {place}" for place in s.elsewhere)

        return self._of("env", find)

    def names_missing(self) -> tuple[str, ...]:
        def find(_: Configured, e: EnvFile) -> Held:
            if isinstance(e.missing, Unseen):
                yield e.missing
            else:
                yield from (f"{name} is not set" for name in e.missing)

        return self._of("env", find)

    def not_a_work_tree(self) -> tuple[str, ...]:
        def find(_: Configured, d: Deployment) -> Held:
            if isinstance(d.git, Unseen):
                yield d.git.why if "not a git repository" in d.git.why or "no git work tree" in d.git.why else d.git

        return self._all.judged("deployment", find)

    def not_at_tag(self, release: ReleaseFile) -> tuple[str, ...]:
        """Work trees that are changed, or where the release's tag is not checked out."""

        def find(_: Configured, g: Git) -> Held:
            if release.tag not in g.tags:
                yield f"{release.tag} is not checked out, but {', '.join(g.tags) or g.commit[:12]}"
            if g.changed:
                yield f"{len(g.changed)} files are changed: {', '.join(g.changed[:3])}"

        return self._of("git", find)

    def not_at_commit(self, release: ReleaseFile) -> tuple[str, ...]:
        def find(_: Configured, g: Git) -> Held:
            if g.commit != release.commit:
                yield f"{g.commit[:12]} is checked out, {release.commit[:12]} is recorded"

        return self._of("git", find)

    def config_faults(self, kind: str) -> tuple[str, ...]:
        """A configuration file that does not parse, has placeholders, secrets in clear, or other keys than its template."""

        def find(_: Configured, configs: dict[str, Config | Unseen]) -> Held:
            c = configs.get(kind, Unseen(f"configuration of {kind}", "it was not looked for"))
            if isinstance(c, Unseen):
                yield f"{c.why}" if "does not exist" in c.why else c
                return
            if c.problem:
                yield f"{c.path} does not parse: {c.problem}"
                return
            yield from (f"{c.path}: {key} is missing" for key in c.missing)
            yield from (f"{c.path}: {key} is no key of the template" for key in c.stray)
            yield from (f"{c.path}: {key} is still a placeholder" for key in c.placeholders)
            yield from (f"{c.path}: {key} is a secret in clear" for key in c.clear_secrets)
            if not c.has_template:
                yield Unseen(f"the template of {c.path}", "there is none to compare with")

        return self._of("configs", find)
