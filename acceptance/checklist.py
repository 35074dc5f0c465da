"""The contract: `checklist.md` read strictly, one `Item` a line. Ids are permanent; counts are computed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

PATH = Path(__file__).with_name("checklist.md")
DIRECTORIES = {"INFRA": "tests_infra", "SEC": "tests_security", "FUNC": "tests_functional", "PERF": "tests_performance"}
PHASES = {
    "Before deployment": "before",
    "Deployment": "deployment",
    "After deployment": "after",
    "Go or no-go": "gate",
    "Rollback": "rollback",
    "Monitoring period": "monitoring",
}
SEVERITIES = ("critical", "high", "medium")
IMPACTS = ("load", "writes", "disrupts")
OWN_TEST = ("INFRA-READY-10",)  # attested, and measured against a record too
SAMPLED = (  # what a sample of the watch judges (`-m sample`), beside the whole rollback decision
    "INFRA-HEALTH-*", "PERF-USE-*", "FUNC-API-*", "FUNC-EXT-0[13]", "INFRA-MON-0[137]", "INFRA-BACKUP-02",
    "INFRA-START-05", "INFRA-GATE-13", "*-ROLL-*",
)  # fmt: skip

_LINE = re.compile(
    r"- \[ \] `(?P<id>(?:INFRA|SEC|FUNC|PERF)-[A-Z]+-\d\d)` (?P<sentence>[^{}]+?)(?P<tags>( \{[^{}]+\})*)$"
)
_HEADING = re.compile(r"(?P<level>##|###) (?P<title>[^{}]+?)(?P<tags>( \{[^{}]+\})*)$")
_TAG = re.compile(r"\{([^{}]+)\}")


class ChecklistError(ValueError):
    """A line of the checklist that is not in its grammar; the message names file and line."""


@dataclass(frozen=True)
class Item:
    """One line of the checklist. `feature` is "" where the item always applies."""

    id: str
    sentence: str
    section: tuple[str, str]
    severity: str
    impact: str
    feature: str
    attested: bool

    @property
    def phase(self) -> str:
        """The marker of its top heading: before, deployment, after, gate, rollback, monitoring."""
        return PHASES[self.section[0]]

    @property
    def directory(self) -> str:
        """Where its test lies."""
        return DIRECTORIES[self.id.partition("-")[0]]

    @property
    def markers(self) -> tuple[str, ...]:
        """Every marker that selects it with `-m`."""
        sample = "sample" if any(fnmatch(self.id, pattern) for pattern in SAMPLED) else ""
        attested = "attested" if self.attested else ""
        return tuple(m for m in (self.severity, self.phase, self.impact, attested, sample) if m)


@dataclass(frozen=True)
class Checklist:
    """All items in their order, and the text that they come from."""

    text: str
    items: tuple[Item, ...]

    def __getitem__(self, id: str) -> Item:
        return self.by_id[id]

    def attested_in(self, directory: str) -> tuple[Item, ...]:
        """Items of a directory that nothing but a person's word settles."""
        return tuple(i for i in self.items if i.attested and i.directory == directory and i.id not in OWN_TEST)

    @property
    def by_id(self) -> dict[str, Item]:
        """Items by their id."""
        return {item.id: item for item in self.items}


def parse(text: str, name: str = "checklist.md") -> Checklist:
    """The checklist out of its text. Raises ChecklistError naming the line that breaks the grammar."""
    items: list[Item] = []
    top = sub = ""
    inherited: dict[str, str] = {"##": "", "###": ""}
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        if heading := _HEADING.match(line):
            tags = _tags(heading["tags"], where)
            if heading["level"] == "##":
                top, sub, inherited = heading["title"], "", {"##": tags.get("if", ""), "###": ""}
            else:
                sub = heading["title"]
                inherited["###"] = tags.get("if", "")
        elif line.lstrip().startswith("- ["):
            match = _LINE.match(line)
            if not match or top not in PHASES or not sub:
                raise ChecklistError(
                    f"{where}: not an item: {line[:80]!r}; write - [ ] `AREA-TOPIC-01` Sentence {{tags}}"
                )
            if match["id"] in seen:
                raise ChecklistError(f"{where}: {match['id']} stands already in line {seen[match['id']]}")
            seen[match["id"]] = number
            tags = _tags(match["tags"], where)
            feature = tags.get("if") or inherited["###"] or inherited["##"]
            severity = next((s for s in SEVERITIES if s in tags), "medium")
            impact = next((i for i in IMPACTS if i in tags), "")
            items.append(
                Item(match["id"], match["sentence"], (top, sub), severity, impact, feature, "attested" in tags)
            )
    if not items:
        raise ChecklistError(f"{name}: holds no item")
    return Checklist(text, tuple(items))


@cache
def checklist() -> Checklist:
    """The checklist of this suite."""
    return parse(PATH.read_text(encoding="utf-8"), PATH.name)


def _tags(text: str, where: str) -> dict[str, str]:
    tags: dict[str, str] = {}
    for tag in _TAG.findall(text):
        name, _, value = tag.partition(":")
        known = {"critical", "high", "attested", *IMPACTS}
        if not (name in known and not value) and not (name == "if" and value.strip()):
            raise ChecklistError(f"{where}: unknown tag {{{tag}}}; valid: {', '.join(sorted(known))}, if: feature")
        tags[name] = value.strip()
    if len({"critical", "high"} & tags.keys()) > 1 or len(set(IMPACTS) & tags.keys()) > 1:
        raise ChecklistError(f"{where}: more than one severity or impact")
    return tags
