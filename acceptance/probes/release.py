"""The release file of the version that is judged: what was written down, by whom, when. No network."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import datetime, timedelta

from acceptance.facts import ProbeError, facts
from acceptance.visit import Visit

CONTACTS = ("on_call", "tech_lead", "devops", "security", "management")
PLACEHOLDER = re.compile(
    r"_{3,}|\.{3,}|<[^>]*>|\b(?:todo|tbd|fixme|xxx+|n/?a|unknown|placeholder|change-?me|your[-_ ])", re.IGNORECASE
)
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
PHONE = re.compile(r"\+?\(?\d[\d\s()./-]{5,}\d")


@facts
class Issue:
    """A known issue as the release file lists it."""

    summary: str
    severity: str
    labels: tuple[str, ...]
    link: str


@facts
class Back:
    """The version to go back to, as its own release file tells it; digests by service."""

    version: str
    tag: str
    commit: str
    images: dict[str, str]


@facts
class ReleaseFile:
    """A release. `moment` is its start once it has begun, else the moment of the look."""

    version: str
    commit: str
    tag: str
    moment: datetime
    window_begins: datetime | None = None
    window_ends: datetime | None = None
    announced: datetime | None = None
    started: datetime | None = None
    deployed: datetime | None = None
    deployed_by: str = ""
    status: str = ""
    notes: str = ""
    rollback: str = ""
    back: Back | None = None  # None: first release, or no file of that version
    migrations: str = ""
    known_issues: tuple[Issue, ...] | None = None
    configuration_changes: tuple[str, ...] | None = None
    contacts: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    rolled_back: datetime | None = None
    rolled_back_to: str = ""
    rolled_back_by: str = ""
    rolled_back_reason: str = ""

    def __repr__(self) -> str:
        return f"release {self.version} at {self.commit[:12]}"

    def looked(self) -> str:
        """Which release, and what is written of it."""
        return (
            f"release file of {self.version}, commit {self.commit[:12]}: window {_when(self.window_begins)} to "
            f"{_when(self.window_ends)}, started {_when(self.started)}, deployed {_when(self.deployed)}, back to "
            f"{self.rollback or 'nothing named'}"
        )

    def window_wrong(self, *, announced_hours: float) -> tuple[str, ...]:
        """Why the window is none: not set, over, or announced less than so many hours before it begins."""
        begins, ends = self.window_begins, self.window_ends
        if begins is None or ends is None:
            return ("no window is set",)
        wrong = [f"the window ended at {_when(ends)}"] if ends < self.moment else []
        if self.announced is None:
            wrong.append("nothing says when it was announced")
        elif self.announced > self.moment:
            wrong.append(f"it is announced for {_when(self.announced)}, which lies ahead")
        elif begins - self.announced < timedelta(hours=announced_hours):
            hours = (begins - self.announced) / timedelta(hours=1)
            wrong.append(f"announced {hours:.1f} h before it begins, {announced_hours:g} h are needed")
        return tuple(wrong)

    def way_back_unnamed(self) -> tuple[str, ...]:
        """Why nobody could go back: no version named, or no release file of it."""
        if not self.rollback:
            return ("rollback is not written; name a version, or on a first release 'take down'",)
        if self.back is None and self.rollback != "take down":
            return (f"releases/{self.rollback}.toml is missing, which tells the commit and images to go back to",)
        return ()

    def days_since(self, then: datetime) -> float:
        """Days from a moment to the release's own."""
        return (self.moment - then) / timedelta(days=1)

    def migrations_wrong(self) -> tuple[str, ...]:
        """Why the database would not fit the version before."""
        if self.migrations in ("none", "reversible"):
            return ()
        return (f"migrations is {self.migrations or 'not written'}; only none or reversible ones can be taken back",)

    def unrecorded(self) -> tuple[str, ...]:
        """What the release file does not say of the deployment."""
        known = {
            "started": self.started,
            "deployed": self.deployed,
            "deployed_by": self.deployed_by,
            "rollback": self.rollback,
            "images": self.images,
        }
        return tuple(name for name, value in known.items() if not value)

    def undocumented_issues(self) -> tuple[str, ...]:
        """Why the known issues are not documented: nothing written, or an entry without a link."""
        if self.known_issues is None:
            return ("known_issues is not written; an empty list says that none is known",)
        return tuple(f"{issue.summary}: no link" for issue in self.known_issues if not issue.link)

    def issues_labelled(self, label: str) -> tuple[str, ...]:
        """Known issues with a label; ProbeError when nobody wrote whether any is known."""
        if self.known_issues is None:
            raise ProbeError("the known issues", "known_issues is not written in the release file")
        return tuple(each.summary for each in self.known_issues if label in (word.lower() for word in each.labels))

    def unreachable_contacts(self) -> tuple[str, ...]:
        """Contacts that are missing, a placeholder, or neither a mail address nor a phone number."""
        wrong = []
        for name in CONTACTS:
            value = self.contacts.get(name, "").strip()
            if not value:
                wrong.append(f"{name}: missing")
            elif PLACEHOLDER.search(value) or not (MAIL.search(value) or PHONE.search(value)):
                wrong.append(f"{name}: {value[:60]!r} is neither a mail address nor a phone number")
        return tuple(wrong)

    def reason_missing(self) -> tuple[str, ...]:
        """Why the reason of a rollback does not count."""
        reason = self.rolled_back_reason.strip()
        if PLACEHOLDER.search(reason) or len(reason.split()) < 3:
            return (f"rolled_back.reason is {reason!r}",)
        return ()


def look(visit: Visit) -> ReleaseFile:
    """Read the release that is judged, and the one to go back to."""
    from acceptance.signoff import TAKE_DOWN
    from acceptance.words import Words, WordsError, read_releases

    folder = visit.target._folder
    try:
        releases = read_releases(folder / "releases")
        release = Words(releases=releases).release(visit.release or None)
    except WordsError as problem:
        raise ProbeError("the release file", str(problem)) from None
    if release is None:
        raise ProbeError(
            "the release file", f"none is open in {folder / 'releases'}; write one: acceptance release new"
        )
    earlier = releases.get(release.rollback) if release.rollback != TAKE_DOWN else None
    gone = release.rolled_back
    return ReleaseFile(
        version=release.version,
        commit=release.commit,
        tag=release.git_tag,
        moment=min(release.started or visit.now, visit.now),
        window_begins=release.window.begins if release.window else None,
        window_ends=release.window.ends if release.window else None,
        announced=release.announced,
        started=release.started,
        deployed=release.deployed,
        deployed_by=release.deployed_by,
        status=release.status,
        notes=release.notes,
        rollback=release.rollback,
        back=Back(earlier.version, earlier.git_tag, earlier.commit, earlier.images) if earlier else None,
        migrations=release.migrations,
        known_issues=None
        if release.known_issues is None
        else tuple(Issue(each.summary, each.severity, each.labels, each.link) for each in release.known_issues),
        configuration_changes=release.configuration_changes,
        contacts=release.contacts,
        links=release.links,
        images=release.images,
        rolled_back=gone.on if gone else None,
        rolled_back_to=gone.to if gone else "",
        rolled_back_by=gone.by if gone else "",
        rolled_back_reason=gone.reason if gone else "",
    )


def _when(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z}" if moment else "never"
