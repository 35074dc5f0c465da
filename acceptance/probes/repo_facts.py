"""The repository at the release's commit: its documents, tags, requirements and configuration."""

from __future__ import annotations

from datetime import datetime

from acceptance.facts import ProbeError, Unseen, facts, offenders, seen


@facts
class Document:
    """One document as it stands in the release's commit. `changed` is the last commit that touched it."""

    role: str
    path: str
    exists: bool
    words: int = 0
    missing_sections: tuple[str, ...] = ()
    dead_links: tuple[str, ...] = ()
    changed: datetime | None = None
    changed_since_release: bool = False

    def __repr__(self) -> str:
        return f"{self.path} ({self.words} words)" if self.exists else f"{self.path} (missing)"


@facts
class Repo:
    """What git knows of the release. `last_tag` is the tag of the release before, "" on the first one."""

    path: str
    commit: str
    tag: str
    tag_commit: str
    last_tag: str
    last_tag_commit: str
    clone: str | Unseen
    documents: tuple[Document, ...] = ()
    files: int = 0
    readme_lacks: tuple[str, ...] = ()
    compose_services: tuple[str, ...] | Unseen = ()
    services_not_drawn: tuple[str, ...] = ()
    changelog_lacks: tuple[str, ...] = ()
    notes_lack: tuple[str, ...] = ()
    imperfect: tuple[str, ...] = ()
    documentation_files: int = 0
    spec_tags: int = 0
    requirements: int = 0
    spec_offenders: tuple[str, ...] = ()
    configuration_changed: tuple[str, ...] | Unseen = ()
    secret_files_not_ignored: tuple[str, ...] = ()
    secret_files_committed: tuple[str, ...] | Unseen = ()
    linked: tuple[Document, ...] = ()  # documents that the release file links to

    def __repr__(self) -> str:
        return f"repository {self.path} at {self.commit[:12]}"

    def looked(self) -> str:
        """What was read of which commit."""
        return (
            f"{self.path} at {self.commit[:12]} ({self.tag or 'no tag'}), {self.files} files, "
            f"{self.documentation_files} documents, {self.spec_tags} @spec tags, {self.requirements} requirements; "
            f"release before: {self.last_tag or 'none'}"
        )

    def _document(self, role: str) -> Document:
        for document in self.documents:
            if document.role == role:
                return document
        raise ProbeError(f"the {role} document", f"[repo.documents.{role}] names none")

    def wrong_with(self, role: str) -> tuple[str, ...]:
        """Why a document does not count: missing, a stub, sections not there or not filled, dead links."""
        return _wrong(self._document(role))

    def changed_since_release(self, *roles: str) -> bool:
        """Whether these documents were touched since the release before; on a first release they are new."""
        return all(self._document(role).changed_since_release for role in roles)

    def spec_wrong(self) -> tuple[str, ...]:
        """Tags without a requirement, and implemented requirements without a tag."""
        if not self.requirements:
            raise ProbeError("requirements", "no specification document defines any")
        return self.spec_offenders

    def services_missing_in_diagram(self) -> tuple[str, ...]:
        """Compose services that the architecture diagram does not name."""
        if not seen(self.compose_services):
            raise ProbeError("compose services", "the compose file names none for the profile")
        return self.services_not_drawn

    def configuration_not_listed(self, listed: tuple[str, ...] | None) -> tuple[str, ...]:
        """Changed configuration that the release file does not list by name."""
        if listed is None:
            return ("configuration_changes is not written; an empty list says that nothing changed",)
        return tuple(name for name in seen(self.configuration_changed) if name not in listed)

    def secret_files_unsafe(self) -> tuple[str, ...]:
        """Secret files that git would take, or once took."""
        wrong = list(self.secret_files_not_ignored)
        unseen = [self.secret_files_committed] if isinstance(self.secret_files_committed, Unseen) else []
        if not isinstance(self.secret_files_committed, Unseen):
            wrong += self.secret_files_committed
        return offenders(wrong, unseen)

    def way_back_missing(self) -> tuple[str, ...]:
        """The tag of the version to go back to, when git does not have it; a first release has none."""
        return (f"tag {self.last_tag} is not in git",) if self.last_tag and not self.last_tag_commit else ()

    def link_wrong(self, role: str) -> tuple[str, ...]:
        """Why a document that the release file links to does not count."""
        return next((_wrong(each) for each in self.linked if each.role == role), (f"links.{role} is not written",))


def _wrong(document: Document) -> tuple[str, ...]:
    if not document.exists:
        return (f"{document.path} is not in the release",)
    stub = (f"{document.path} is a stub ({document.words} words)",) if document.words < 40 else ()
    return (*stub, *(f"{document.path}: {why}" for why in document.missing_sections), *document.dead_links)
