"""One run: its folder, its inputs, the looker and the sandbox that it starts, and what workers share through files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from acceptance.checklist import checklist
from acceptance.facts import ProbeError, load
from acceptance.gate import gate
from acceptance.judge import Case, Settled, parts_of, probes_behind, resolve
from acceptance.nothing_runs import ASKS, nothing_runs
from acceptance.probes import PROBES
from acceptance.record.model import Held, Requests
from acceptance.redact import Redactor, secrets_of
from acceptance.rollup import Judged
from acceptance.settle import Said, Signed
from acceptance.target import Target, TargetError, find, names, read
from acceptance.verdict import Status
from acceptance.words import read as read_words

REPORTS = Path("reports")


@dataclass
class Run:
    """A run as every process of it sees it. The controller alone starts, writes and ends it."""

    folder: Path
    target: Target
    target_file: Path
    allow: frozenset[str]
    now: datetime
    selection: str
    live: Path
    state: Path
    said: Said
    replayed_from: str = ""
    _facts: dict[str, Any] = field(default_factory=dict)
    _redactor: tuple[tuple[tuple[str, int], ...], Redactor] | None = None

    def save(self) -> None:
        """Write what replay and workers need into `inputs/`."""
        inputs = self.folder / "inputs"
        inputs.mkdir(exist_ok=True)
        redact = Redactor(secrets_of(self.target), self.target.public)
        for path in [
            self.target_file,
            *self.target_file.parent.glob("*.toml"),
            *self.target_file.parent.glob("releases/*.toml"),
        ]:
            copy = inputs / path.relative_to(self.target_file.parent)
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(redact(path.read_text(encoding="utf-8")), encoding="utf-8")
        about = {
            "name": self.target.name, "target_file": str(self.target_file), "allow": sorted(self.allow),
            "now": self.now.isoformat(), "selection": self.selection, "live": str(self.live), "state": str(self.state),
            "release": self.said.version, "replayed_from": self.replayed_from,
            "checklist": fingerprint(checklist().text),
        }  # fmt: skip
        (inputs / "run.json").write_text(json.dumps(about, indent=1), encoding="utf-8")

    @classmethod
    def of(cls, folder: Path, *, kept: bool = False) -> Run:
        """The run of a folder as its workers read it, or a replay, from the `kept` inputs only. TargetError: it is none."""
        try:
            about = json.loads((folder / "inputs" / "run.json").read_text(encoding="utf-8"))
            replayed = about["replayed_from"]
            path = folder / "inputs" / "target.toml" if replayed or kept else Path(about["target_file"])
            target = read(path)
            target = target.model_copy(update={"name": about["name"]})
            target._folder = path.parent
            now = datetime.fromisoformat(about["now"])
            words = read_words(folder / "inputs")
            said = Said(words, words.release(about["release"] or None), now)
            return cls(
                folder, target, path, frozenset(about["allow"]), now, about["selection"],
                Path(about["live"]), Path(about["state"]), said, replayed,
            )  # fmt: skip
        except (OSError, KeyError, ValueError) as problem:
            raise TargetError(f"{folder} is no run of this suite: {problem}") from None

    def facts(self, name: str) -> Any:
        """What a probe saw, waiting for it if need be; ProbeError when it could not look."""
        if name not in self._facts:
            answer = self._answer(name)
            if failure := answer.get("failure"):
                self._facts[name] = ProbeError(failure["what"], failure["why"])
            else:
                try:
                    self._facts[name] = load(PROBES[name].facts, json.dumps(answer["value"]))
                except ValueError:
                    why = (
                        "they don't fit their form: another version of this suite wrote them, or somebody changed them"
                    )
                    self._facts[name] = ProbeError(f"the facts of {name}", why)
        if isinstance(self._facts[name], ProbeError):
            raise ProbeError(self._facts[name].what, self._facts[name].why)
        return self._facts[name]

    def ask(self, name: str, case: Case) -> Any:
        """What a fixture name stands for in the test of an item."""
        if name == "signed":
            return Signed(checklist()[case.id], self.said)
        if name == "judged":
            return Judged(parts_of(case), self.held, self.ask)
        if name == ASKS:
            return self.nothing_runs()
        return resolve(name, self.facts)

    def settled(self, case: Case) -> Settled | None:
        """What settles an item before its test runs."""
        return gate(checklist()[case.id], self.wants(case), self.target, self.allow, self.said.release)

    def held(self, case: Case) -> Settled | None:
        """What settles an item before its test runs, once looks can be waited for: what disturbs asks the engine first."""
        if (settled := self.settled(case)) or not checklist()[case.id].impact or self.target.allow.while_trading:
            return settled
        try:
            why = self.facts("trading").in_the_way()
        except ProbeError as unknown:
            why = f"whether the engine trades is unknown ({unknown})"[:250]
        return Settled(Status.PENDING, f"{why}: nothing was disturbed; a person may attest to it") if why else None

    def wants(self, case: Case) -> frozenset[str]:
        """Probes behind a test. Parts of a roll-up that don't apply or are not allowed want none: load is no exception."""
        parts = [part for part in parts_of(case) if not self._ruled_out(part)]
        asked = probes_behind(case.asks_for).union(*(probes_behind(part.asks_for) for part in parts))
        first = self.target.hosts and any(ASKS in each.asks_for for each in (case, *parts))
        return asked | {"hosts"} if first else asked

    def nothing_runs(self) -> bool:
        """Whether no container of the project exists yet, as far as hosts are there and could be seen."""
        try:
            return bool(self.target.hosts) and nothing_runs(self.facts("hosts"), self.said.release)
        except ProbeError:
            return False

    def _ruled_out(self, case: Case) -> bool:
        return gate(checklist()[case.id], (), self.target, self.allow, self.said.release) is not None

    def looked(self, name: str) -> str:
        """The looked line of a probe: what it says of itself, when, and with how many requests."""
        answer = self._answer(name)
        sent = answer.get("requests")
        requests = f", {sent} request{'' if sent == 1 else 's'}" if sent else ""
        said, moment = f"{name}: {self.facts(name).looked()}", f" ({answer['from'][11:19]}Z{requests})"
        return (said if len(said) + len(moment) <= 400 else f"{said[: 399 - len(moment)]}…") + moment

    def _answer(self, name: str) -> dict[str, Any]:
        path = self.folder / "facts" / f"{name}.json"
        while not path.exists():
            if self.replayed_from or (self.folder / "look.ended").exists():
                if path.exists():  # it came between the two looks
                    break
                return {"failure": {"what": f"probe {name}", "why": "the looker ended without its answer"}}
            time.sleep(0.02)
        answer: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return answer

    def select(self, ids: Iterable[str], probes: Iterable[str], worker: str) -> None:
        """Write down what was selected, and which probes that wants; every worker writes the same."""
        part = self.folder / f".selected-{worker}"
        part.write_text(json.dumps({"items": list(ids), "probes": sorted(probes)}), encoding="utf-8")
        part.rename(self.folder / "selected.json")

    def requests(self) -> Requests:
        """What all probes have sent so far, and what was held back."""
        answers = [json.loads(p.read_text(encoding="utf-8")) for p in (self.folder / "facts").glob("*.json")]
        held = Counter[str]()
        for answer in answers:
            held.update(answer.get("held", {}))
        sent, writes = (sum(answer[key] for answer in answers) for key in ("requests", "writes"))
        return Requests(sent, writes, tuple(Held(name, held[name]) for name in sorted(held)))

    def redactor(self) -> Redactor:
        """Everything that this run writes goes through it; made anew when a probe has kept a live secret."""
        kept = tuple(sorted((p.name, p.stat().st_mtime_ns) for p in self.live.glob("*.json"))) if self.live.name else ()
        if self._redactor is None or self._redactor[0] != kept:
            secrets = () if self.replayed_from else secrets_of(self.target, self.live)
            self._redactor = (kept, Redactor(secrets, self.target.public))
        return self._redactor[1]

    def forget(self) -> None:
        """Remove the live secrets; a replay has none."""
        if not self.replayed_from:
            shutil.rmtree(self.live, ignore_errors=True)


def fingerprint(text: str) -> str:
    """The SHA-256 of a text, in hex."""
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def new_folder(target: str, now: datetime) -> Path:
    """A folder of its own for a run that starts now: reports/<target>/<run id>."""
    base = f"{now:%Y%m%dT%H%M%SZ}"
    parent = REPORTS / target
    parent.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        folder = parent / (base if number == 1 else f"{base}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        for inner in ("facts", "inputs", "shots"):
            (folder / inner).mkdir()
        return folder.resolve()
    raise TargetError(f"{parent} holds a thousand runs of this second")


def point_latest(folder: Path) -> None:
    """Move `latest` to a run, by rename."""
    link = folder.parent / f".latest-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)
    link.rename(folder.parent / "latest")


def begin(
    name: str, allow: frozenset[str], selection: str, state: Path | None, release: str, target_file: Path | None = None
) -> Run:
    """Make the run of a target: read it, make its folder, save its inputs. TargetError says what is wrong."""
    path = (target_file or find(name)).resolve()
    target = read(path)
    now = datetime.now(UTC)
    state = state or Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local/state")) / "acceptance" / target.name
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    words = read_words(path.parent)
    said = Said(words, words.release(release or None), now)
    folder = new_folder(target.name, now)
    live = Path(tempfile.mkdtemp(prefix="acceptance-live-"))
    run = Run(folder, target, path, allow, now, selection, live, state, said)
    run.save()
    return run


def replay(source: Path, selection: str) -> Run:
    """A new run on the facts and inputs of an old one; opens no socket and never moves `latest`."""
    old = Run.of(source, kept=True)
    run = Run(
        new_folder(old.target.name, datetime.now(UTC)), old.target, source / "inputs" / "target.toml", old.allow,
        old.now, selection or old.selection, Path(), Path(), old.said, str(source.name),
    )  # fmt: skip
    try:
        shutil.copytree(source / "facts", run.folder / "facts", dirs_exist_ok=True)
    except shutil.Error as several:
        raise OSError(several.args[0][0][2]) from None  # the first of them says enough
    run.save()
    return run


def valid_targets() -> str:
    """The targets that `--target=` takes, as one line."""
    return ", ".join(names())
