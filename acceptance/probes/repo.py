"""The git clone that the target grants, read at the release's commit. Nothing is checked out and nothing fetched."""

from __future__ import annotations

import re
import tempfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, text
from acceptance.foreign import NoDocument, yaml_of
from acceptance.probes.release import ReleaseFile
from acceptance.probes.repo_facts import Document, Repo
from acceptance.repository import versions
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.repository.git import Git
    from acceptance.repository.markdown import Parsed
    from acceptance.tables.repo import Document as Wanted
    from acceptance.tables.repo import Repo as Table

FILLED = 8  # words below a heading that make it more than a stub
DOCUMENTS = 1_000
SHOWN = 30


def look(visit: Visit) -> Repo:
    """Read documents, tags, requirements and configuration of the release's commit."""
    from acceptance.repository.git import Git

    table = visit.target.repo
    assert table
    release: ReleaseFile = visit.need("release")
    git = Git(visit.target._folder / table.path, lambda: visit.time_left_s(30))
    commit = git.commit_of(release.commit)
    if not commit:
        raise ProbeError(f"commit {release.commit[:12]}", f"it is not in {table.path}; fetch it")
    return _Reading(git, table, release, commit, visit).all()


class _Reading:
    """One reading of one commit."""

    def __init__(self, git: Git, table: Table, release: ReleaseFile, commit: str, visit: Visit) -> None:
        from acceptance.repository import markdown

        self.git, self.table, self.release, self.commit, self.visit = git, table, release, commit, visit
        self.files = frozenset(git.lines("ls-tree", "-r", "-z", "--name-only", commit))
        folders = {str(parent) for name in self.files for parent in Path(name).parents}
        self.places = self.files | folders
        self.last_tag = self._last_tag()
        self.touched = self._touched()
        names = [name for name in self.files if any(Path(name).match(p) for p in table.documentation)]
        if len(names) > DOCUMENTS:
            raise ProbeError("documentation", f"there are more than {DOCUMENTS} documents")
        self.sources = {name: git.file(commit, name) or "" for name in sorted(names)}
        self.parsed: dict[str, Parsed] = {name: markdown.parse(source) for name, source in self.sources.items()}
        self.anchors = {name: parsed.anchors for name, parsed in self.parsed.items()}

    def all(self) -> Repo:
        """Everything that is kept."""
        git, release = self.git, self.release
        services = self._services()
        tags, requirements, spec_wrong = self._specification()
        return Repo(
            path=self.table.path,
            commit=self.commit,
            tag=release.tag,
            tag_commit=git.commit_of(f"refs/tags/{release.tag}"),
            last_tag=self.last_tag,
            last_tag_commit=git.commit_of(f"refs/tags/{self.last_tag}") if self.last_tag else "",
            clone=Unseen("the whole history", why) if (why := git.incomplete()) else "complete",
            documents=tuple(self._document(role, each) for role, each in self.table.documents.items()),
            files=len(self.files),
            readme_lacks=self._readme(),
            compose_services=services,
            services_not_drawn=self._not_drawn(services),
            changelog_lacks=self._changelog(),
            notes_lack=self._notes(),
            imperfect=self._imperfect(),
            documentation_files=len(self.sources),
            spec_tags=tags,
            requirements=requirements,
            spec_offenders=spec_wrong,
            configuration_changed=self._configuration(),
            secret_files_not_ignored=self._not_ignored(),
            secret_files_committed=self._committed(why),
            linked=tuple(
                self._document(role, _wanted(link)) for role, link in release.links.items() if "://" not in link
            ),
        )

    def _last_tag(self) -> str:
        """The tag of the version to go back to, else the nearest tag before; "" on a first release."""
        from acceptance.signoff import TAKE_DOWN

        if self.release.rollback == TAKE_DOWN:
            return ""
        if self.release.back:
            return self.release.back.tag
        code, out, _ = self.git.run("describe", "--tags", "--abbrev=0", f"{self.commit}^")
        return "" if code else out.decode("utf-8", "replace").strip()

    def _last_commit(self) -> str:
        back = self.release.back
        recorded = self.git.commit_of(back.commit) if back else ""
        return recorded or (self.git.commit_of(f"refs/tags/{self.last_tag}") if self.last_tag else "")

    def _touched(self) -> frozenset[str] | None:
        """Paths changed since the release before; None on a first release, where everything is new."""
        if not self.last_tag:
            return None
        last = self._last_commit()
        if not last:
            return frozenset()
        return frozenset(self.git.lines("diff", "--name-only", "-z", "--no-renames", last, self.commit))

    def _document(self, role: str, wanted: Wanted) -> Document:
        from acceptance.repository import markdown

        path = wanted.path.partition("#")[0]
        if path not in self.files:
            return Document(role, wanted.path, exists=False)
        source = self.sources.get(path) or self.git.file(self.commit, path) or ""
        parsed = self.parsed.get(path) or markdown.parse(source)
        changed = self.git.ask("log", "-1", "--format=%cI", self.commit, "--", path).strip()
        return Document(
            role=role,
            path=path,
            exists=True,
            words=parsed.words,
            missing_sections=tuple(
                why for section in wanted.sections if (why := markdown.filled(parsed, section, FILLED))
            ),
            dead_links=tuple(markdown.dead_links(path, parsed, self.places, self.anchors)[:SHOWN]),
            changed=datetime.fromisoformat(changed) if changed else None,
            changed_since_release=self.touched is None or path in self.touched,
        )

    def _readme(self) -> tuple[str, ...]:
        from urllib.parse import urlsplit

        wanted = self.table.documents.get("readme")
        source = self.sources.get(wanted.path, "") if wanted else ""
        host = urlsplit(self.visit.target.urls.base).hostname or ""
        lacks = [] if host and host in source else [f"the production URL ({host})"]
        if not re.search(versions.named(self.release.version), source):
            lacks.append(f"the version {self.release.version}")
        return tuple(lacks)

    def _services(self) -> tuple[str, ...] | Unseen:
        source = self.git.file(self.commit, self.table.compose)
        if source is None:
            return Unseen("compose services", f"{self.table.compose} is not in the release")
        try:
            services: dict[str, Any] = yaml_of(source)["services"]
            return tuple(
                sorted(
                    name
                    for name, each in services.items()
                    if not each.get("profiles") or self.table.profile in each["profiles"]
                )
            )
        except (NoDocument, KeyError, TypeError, AttributeError) as problem:
            return Unseen("compose services", f"{self.table.compose}: {type(problem).__name__}")

    def _not_drawn(self, services: tuple[str, ...] | Unseen) -> tuple[str, ...]:
        """Services that neither a diagram in the document nor a drawing beside it names."""
        wanted = self.table.documents.get("architecture")
        parsed = self.parsed.get(wanted.path) if wanted else None
        if isinstance(services, Unseen) or parsed is None:
            return ()
        drawn = " ".join(code for _, _, code in parsed.code)
        folder = Path(wanted.path).parent if wanted else Path()
        for name in sorted(self.files):
            beside = Path(name).parent == folder or (folder != Path() and Path(name).is_relative_to(folder))
            if name.endswith((".svg", ".drawio", ".puml", ".mmd")) and beside:
                drawn += " " + (self.git.file(self.commit, name) or "")
        return tuple(s for s in services if not re.search(rf"(?<![\w-]){re.escape(s)}(?![\w-])", drawn))

    def _changelog(self) -> tuple[str, ...]:
        source = self.git.file(self.commit, self.table.changelog)
        if source is None:
            return (f"{self.table.changelog} is not in the release",)
        return versions.changelog_lacks(source, self.table.changelog, self.release.version)

    def _notes(self) -> tuple[str, ...]:
        """Release notes are a file of the version, or the message of its annotated tag."""
        path = self.table.notes.replace("{version}", self.release.version)
        source = self.git.file(self.commit, path) or ""
        message = self.git.ask("tag", "--list", "--format=%(contents)", self.release.tag)
        is_tag = self.git.run("cat-file", "tag", f"refs/tags/{self.release.tag}")[0] == 0
        words = max(len(source.split()), len(message.split()) if is_tag else 0)
        return (
            () if words >= 10 else (f"neither {path} nor the message of tag {self.release.tag} tells of the release",)
        )

    def _imperfect(self) -> tuple[str, ...]:
        from acceptance.repository import markdown

        wrong: list[str] = []
        for path, parsed in self.parsed.items():
            wrong += [f"{path}:{line}: {text(word, 40)} is left open" for line, word in parsed.open]
            wrong += markdown.dead_links(path, parsed, self.places, self.anchors)
            wrong += markdown.broken_code(path, parsed)
        return tuple(wrong[:SHOWN])

    def _specification(self) -> tuple[int, int, tuple[str, ...]]:
        from acceptance.repository import specification

        pattern = self.table.requirement
        defined: dict[str, bool] = {}
        papers = [name for name in sorted(self.files) if any(Path(name).match(p) for p in self.table.requirements)]
        for name in papers:
            for id, done in specification.defined(self.git.file(self.commit, name) or "", pattern).items():
                defined[id] = defined.get(id, False) or done
        code, out, complaint = self.git.run("grep", "-n", "-I", "-F", "@spec", self.commit, "--", ".", ":!*.md")
        if code > 1:
            raise ProbeError("@spec tags", complaint)
        tagged: set[str] = set()
        wrong: list[str] = []
        for line in out.decode("utf-8", "replace").splitlines():
            _, path, number, source = (*line.split(":", 3), "", "", "")[:4]
            named = specification.tags(source, pattern)
            tagged.update(named)
            wrong += [f"{path}:{number}: @spec {id} is defined nowhere" for id in named if id not in defined]
            if specification.untold(source, pattern):
                wrong.append(f"{path}:{number}: @spec names no requirement")
        wrong += [
            f"{id} is implemented but no code has its tag" for id, done in defined.items() if done and id not in tagged
        ]
        return len(tagged), len(defined), tuple(wrong[:SHOWN])

    def _configuration(self) -> tuple[str, ...] | Unseen:
        """Configuration files changed since the release before; of .env.example files the variables too."""
        if self.last_tag and not self._last_commit():
            return Unseen(
                "configuration before", f"neither tag {self.last_tag} nor its commit is in the clone; fetch it"
            )
        changed = [n for n in sorted(self.touched or ()) if any(Path(n).match(p) for p in self.table.configuration)]
        last = self._last_commit()
        names: list[str] = []
        for name in changed:
            if not Path(name).name.startswith(".env"):
                names.append(name)
                continue
            before, after = (_variables(self.git.file(at, name) or "") for at in (last, self.commit))
            names += sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        return tuple(names)

    def _not_ignored(self) -> tuple[str, ...]:
        """Secret files that the release's own .gitignore files would let in; the user's own excludes don't count."""
        with tempfile.TemporaryDirectory() as folder:
            for name in self.files:
                if Path(name).name == ".gitignore" and ".." not in Path(name).parts:
                    path = Path(folder) / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(self.git.file(self.commit, name) or "", encoding="utf-8")
            wrong = []
            for name in self.table.secret_files:
                code, out, _ = self.git.run(
                    f"--work-tree={folder}", "check-ignore", "--no-index", "-v", name, GIT_CEILING_DIRECTORIES="/"
                )
                rule = out.decode("utf-8", "replace").split("\t")[0]
                source, _, pattern = rule.partition(":")
                if code or not source.endswith(".gitignore") or pattern.partition(":")[2].startswith("!"):
                    wrong.append(f"{name} is not ignored by .gitignore")
            return tuple(wrong)

    def _committed(self, incomplete: str) -> tuple[str, ...] | Unseen:
        if incomplete:
            return Unseen("the whole history", incomplete)
        wrong = []
        for name in self.table.secret_files:
            base = Path(name).name
            found = self.git.lines("log", "--all", "--format=%h", "--", name, f":(glob)**/{base}")
            if found:
                wrong.append(f"{name} was committed in {found[-1]}")
        return tuple(wrong)


def _wanted(link: str) -> Wanted:
    from acceptance.tables.repo import Document as Wanted

    path, _, section = link.partition("#")
    return Wanted(path=path, sections=(section.replace("-", " "),) if section else ())


def _variables(source: str) -> dict[str, str]:
    from io import StringIO

    from dotenv import dotenv_values

    return {key: value or "" for key, value in dotenv_values(stream=StringIO(source), interpolate=False).items()}
