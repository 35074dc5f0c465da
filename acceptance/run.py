"""One run: its folder, its inputs, the looker and the sandbox that it starts, and what workers share through files."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from acceptance.checklist import checklist
from acceptance.facts import ProbeError, load
from acceptance.gate import gate
from acceptance.judge import Case, Settled, judge, parts_of, probes_of, resolve
from acceptance.look import with_needs
from acceptance.probes import PROBES
from acceptance.redact import Redactor, secrets_of
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

    def save(self) -> None:
        """Write what replay and workers need into `inputs/`."""
        inputs = self.folder / "inputs"
        inputs.mkdir(exist_ok=True)
        redact = Redactor(secrets_of(self.target))
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
    def of(cls, folder: Path) -> Run:
        """The run of a folder, as its workers and a replay read it. TargetError when it is none."""
        try:
            about = json.loads((folder / "inputs" / "run.json").read_text(encoding="utf-8"))
            replayed = about["replayed_from"]
            path = folder / "inputs" / "target.toml" if replayed else Path(about["target_file"])
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
                except ValueError as problem:
                    self._facts[name] = ProbeError(
                        f"the facts of {name}", f"they don't fit their form: {problem}"[:300]
                    )
        if isinstance(self._facts[name], ProbeError):
            raise ProbeError(self._facts[name].what, self._facts[name].why)
        return self._facts[name]

    def ask(self, name: str, case: Case) -> Any:
        """What a fixture name stands for in the test of an item."""
        if name == "signed":
            return Signed(checklist()[case.id], self.said)
        if name == "judged":
            return Judged(self, parts_of(case))
        return resolve(name, self.facts)

    def settled(self, case: Case) -> Settled | None:
        """What settles an item before its test runs."""
        return gate(checklist()[case.id], probes_of(case), self.target, self.allow, self.said.release)

    def looked(self, name: str) -> str:
        """The looked line of a probe: what it says of itself, when, and with how many requests."""
        answer = self._answer(name)
        requests = f", {answer['requests']} requests" if answer.get("requests") else ""
        return f"{name}: {self.facts(name).looked()} ({answer['from'][11:19]}Z{requests})"[:400]

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

    def requests(self) -> dict[str, int]:
        """Requests and writes that all probes have sent so far."""
        answers = [json.loads(p.read_text(encoding="utf-8")) for p in (self.folder / "facts").glob("*.json")]
        return {"sent": sum(a["requests"] for a in answers), "writes": sum(a["writes"] for a in answers)}

    def redactor(self) -> Redactor:
        """Everything that this run writes goes through it."""
        return Redactor(() if self.replayed_from else secrets_of(self.target, self.live))


class Judged:
    """The items that a roll-up adds up, judged on the same facts."""

    def __init__(self, run: Run, cases: list[Case]) -> None:
        self.run = run
        self.cases = cases

    def __repr__(self) -> str:
        return f"{len(self.cases)} items"

    def not_passed(self, *, severity: str = "") -> tuple[str, ...]:
        """Items (of a severity) that fail. None fails but one could not be judged: ProbeError; unsigned: PENDING."""
        found: dict[Status, list[str]] = {}
        for case in self.cases:
            if severity and checklist()[case.id].severity != severity:
                continue
            status, why = self._judge(case)
            found.setdefault(status, []).append(f"{case.id}: {(why.splitlines() or [''])[0]}"[:160])
        if not found:
            raise ProbeError("the items that this one adds up", "there are none")
        if failed := found.get(Status.FAIL):
            return tuple(failed)
        if blocked := found.get(Status.BLOCKED):
            raise ProbeError("an item that this one adds up", blocked[0])
        for status in (Status.PENDING, Status.NOT_RUN):
            if found.get(status):
                raise Settled(Status.PENDING, found[status][0])
        return ()

    def red(self) -> tuple[str, ...]:
        """Items that fail. None fails but one could not be judged: ProbeError; what was not selected is left out."""
        statuses: dict[Status, list[str]] = {}
        for case in self.cases:
            status, why = self._judge(case)
            statuses.setdefault(status, []).append(f"{case.id}: {(why.splitlines() or [''])[0]}"[:160])
        if blocked := statuses.get(Status.BLOCKED):
            if not statuses.get(Status.FAIL):
                raise ProbeError("an item that this one adds up", blocked[0])
        elif not statuses.keys() & {Status.PASS, Status.FAIL, Status.NA}:
            raise Settled(Status.PENDING, "none of the items that this one adds up was judged")
        return tuple(statuses.get(Status.FAIL, ()))

    def _judge(self, case: Case) -> tuple[Status, str]:
        settled = self.run.settled(case)
        return (settled.status, settled.why) if settled else judge(case, partial(self.run.ask, case=case))


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


class Looking:
    """The controller's hold on the looker; the looker dies when this process does."""

    def __init__(self, run: Run, probes: Iterable[str]) -> None:
        self.run = run
        plan = {
            "target": str(run.target_file), "probes": sorted(with_needs(tuple(probes))), "allow": sorted(run.allow),
            "now": run.now.isoformat(), "live": str(run.live), "state": str(run.state),
        }  # fmt: skip
        (run.folder / "wanted.json").write_text(json.dumps(plan, indent=1), encoding="utf-8")
        self.process = _start(
            [sys.executable, "-m", "acceptance.look", str(run.folder)], (run.folder / "look.log").open("a")
        )
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        self.process.wait()
        (self.run.folder / "look.ended").touch()

    def end(self) -> None:
        """Stop looking, and remove the live secrets."""
        _stop(self.process)
        shutil.rmtree(self.run.live, ignore_errors=True)


class Sandbox:
    """The controller's hold on a sandbox of its own."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="acceptance-sandbox-"))
        flags = [f"--fault={fault}" for fault in faults]
        self.log = self.folder / "sandbox.log"
        command = [sys.executable, "-m", "acceptance.sandbox", str(self.folder), *flags]
        self.process = _start(command, self.log.open("w"), stdout=subprocess.PIPE)
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            _stop(self.process)
            tail = self.log.read_text(encoding="utf-8").strip().splitlines()[-1:] or ["no word"]
            raise TargetError(f"the sandbox did not start: {tail[0]}")
        self.target_file = Path(json.loads(line)["target"])

    def change(self, line: str) -> None:
        """Put a fault on (`+NAME`) or off (`-NAME`); returns when it is done."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()
        if not json.loads(self.process.stdout.readline() or "{}").get("ok"):
            raise TargetError(f"the sandbox did not take {line}")

    def end(self) -> None:
        """Stop it and remove its folder."""
        _stop(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def _start(command: list[str], log: IO[str], stdout: int | None = None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with log:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log if stdout is None else stdout, stderr=log, env=environment,
            start_new_session=True, cwd=Path(__file__).parents[1],
        )  # fmt: skip


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(2)


def begin(
    name: str, allow: frozenset[str], selection: str, state: Path | None, release: str, target_file: Path | None = None
) -> Run:
    """Make the run of a target: read it, make its folder, save its inputs. TargetError says what is wrong."""
    path = (target_file or find(name)).resolve()
    target = read(path)
    if target_file:
        target = target.model_copy(update={"name": name})
        target._folder = path.parent
    now = datetime.now(UTC)
    state = state or Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local/state")) / "acceptance" / target.name
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    live = Path(tempfile.mkdtemp(prefix="acceptance-live-"))
    words = read_words(path.parent)
    said = Said(words, words.release(release or None), now)
    run = Run(new_folder(target.name, now), target, path, allow, now, selection, live, state, said)
    run.save()
    return run


def replay(source: Path, selection: str) -> Run:
    """A new run on the facts and inputs of an old one; opens no socket and never moves `latest`."""
    old = Run.of(source)
    run = Run(
        new_folder(old.target.name, datetime.now(UTC)), old.target, source / "inputs" / "target.toml", old.allow,
        old.now, selection or old.selection, Path(), Path(), old.said, str(source.name),
    )  # fmt: skip
    shutil.copytree(source / "facts", run.folder / "facts", dirs_exist_ok=True)
    run.save()
    return run


def valid_targets() -> str:
    """The targets that `--target=` takes, as one line."""
    return ", ".join(names())
