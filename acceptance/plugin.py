"""The only module that knows pytest's hooks: options, markers, what is run, evidence, exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from acceptance.checklist import IMPACTS, ChecklistError, checklist
from acceptance.children import Looking, Sandbox
from acceptance.judge import Case, cases_of
from acceptance.outcome import in_a_sentence, plain, result_of
from acceptance.plugin_crash import Crash
from acceptance.plugin_html import HtmlLog
from acceptance.recorder import Recorder
from acceptance.run import Run, begin, replay, valid_targets
from acceptance.target import TargetError
from acceptance.verdict import Status
from acceptance.words import WordsError

RUN = pytest.StashKey[Run]()
CONTROLLER = pytest.StashKey["Controller"]()
CASE = pytest.StashKey[Case]()
EVIDENCE = pytest.StashKey[list[str]]()
COLOURS = {"PASS": "green", "FAIL": "red", "BLOCKED": "red", "PENDING": "yellow", "WAIVED": "yellow"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that a user gives."""
    group = parser.getgroup("acceptance", "acceptance of a deployment")
    group.addoption("--target", default="", help="name below targets/, or a path to a target.toml; give it with =")
    group.addoption("--allow", default="", help=f"impacts that may happen, by comma: {', '.join(IMPACTS)}")
    group.addoption("--release", default="", help="version that is judged; else the newest open release file")
    group.addoption("--replay", default="", help="judge the facts of an earlier run's folder again; opens no socket")
    group.addoption("--state", default="", help="folder for what outlives a run")
    group.addoption("--fault", action="append", default=[], help="with --target=sandbox: break it (repeatable)")


class Controller:
    """What the process that the user started holds: the looker, the sandbox, the recorder."""

    def __init__(self, run: Run, sandbox: Sandbox | None) -> None:
        self.run = run
        self.sandbox = sandbox
        self.looking: Looking | None = None
        self.recorder = Recorder(run)

    def start_looking(self) -> None:
        """Start the looker once the selection is known."""
        if self.looking is None and not self.run.replayed_from and self.selected():
            self.looking = Looking(self.run, json.loads(self._shared("selected.json"))["probes"])

    def selected(self) -> list[str]:
        """Ids of the selected items."""
        ids: list[str] = json.loads(self._shared("selected.json"))["items"]
        return ids

    def _shared(self, name: str) -> str:
        return (self.run.folder / name).read_text(encoding="utf-8")

    def end(self) -> None:
        """Stop everything that was started, and remove the live secrets."""
        if self.looking:
            self.looking.end()
        self.run.forget()
        if self.sandbox:
            self.sandbox.end()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register markers; on the controller begin the run, on a worker join it."""
    for marker in sorted({m for each in checklist().items for m in each.markers} | {*IMPACTS, "sample"}):
        config.addinivalue_line("markers", f"{marker}: items of the checklist")
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        if "acceptance_run" in worker:
            config.stash[RUN] = Run.of(Path(worker["acceptance_run"]))
            config.pluginmanager.register(Crash(config.stash[RUN]))
        return
    if config.option.collectonly:
        return
    if not (config.option.target or config.option.replay):
        _refuse_without_target(config)
        return
    _check_expressions(config)
    try:
        config.stash[CONTROLLER] = controller = _begin(config)
    except (TargetError, ChecklistError, WordsError, OSError) as problem:
        raise pytest.UsageError(str(problem)) from None
    config.stash[RUN] = controller.run
    config.pluginmanager.register(Crash(controller.run))
    config.add_cleanup(controller.end)
    if config.pluginmanager.hasplugin("html") and getattr(config.option, "htmlpath", None):
        config.pluginmanager.register(HtmlLog(controller.recorder))
    signal.signal(signal.SIGTERM, _interrupt)


def _refuse_without_target(config: pytest.Config) -> None:
    """Without a target the plugin is inert, save that tests of the checklist can't run."""
    for argument in config.args:
        path = Path(argument.partition("::")[0]).resolve()
        if path == config.rootpath or any(f in (path, *path.parents) for f in config.rootpath.glob("tests_*")):
            raise pytest.UsageError(f"these items judge a target: add --target=NAME; valid: {valid_targets()}")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _check_expressions(config: pytest.Config) -> None:
    """A mistyped -m or -k is a usage error here; under xdist it would be an internal one."""
    from _pytest.mark import deselect_by_keyword, deselect_by_mark

    deselect_by_mark([], config)
    deselect_by_keyword([], config)
    for path in config.args:
        if not Path(path.partition("::")[0]).exists():
            raise pytest.UsageError(f"there is no {path}; valid: {', '.join(config.getini('testpaths'))}, or below")


def _begin(config: pytest.Config) -> Controller:
    option = config.option
    allow = frozenset(filter(None, option.allow.replace(" ", "").split(",")))
    if unknown := allow - set(IMPACTS):
        raise TargetError(f"--allow {', '.join(sorted(unknown))}: unknown; valid: {', '.join(IMPACTS)}")
    selection = " ".join(config.invocation_params.args[:40])
    if option.replay:
        return Controller(replay(Path(option.replay), selection), None)
    if option.fault and option.target != "sandbox":
        raise TargetError("--fault breaks the sandbox only; add --target=sandbox")
    sandbox = Sandbox(option.fault) if option.target == "sandbox" else None
    try:
        state = Path(option.state) if option.state else (sandbox.folder / "state" if sandbox else None)
        run = begin(option.target, allow, selection, state, option.release, sandbox.target_file if sandbox else None)
    except BaseException:
        if sandbox:
            sandbox.end()
        raise
    return Controller(run, sandbox)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: tell a worker where the run is."""
    if RUN in node.config.stash:
        node.workerinput["acceptance_run"] = str(node.config.stash[RUN].folder)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any) -> None:
    """xdist: the first worker that has collected lets the looker start."""
    if CONTROLLER in node.config.stash:
        node.config.stash[CONTROLLER].start_looking()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Bind a test to its line of the checklist, and give it the line's markers."""
    mark = item.get_closest_marker("item")
    if mark is None:
        return
    id = mark.args[0]
    if id not in checklist().by_id:
        raise pytest.UsageError(f"{item.nodeid}: the checklist has no item {id}")
    function = getattr(item, "function")  # noqa: B009  # only functions carry the mark
    found = [case for case in cases_of(function) if case.id == id]
    item.stash[CASE] = found[0] if found else Case(id, function)  # attested items are parametrised below
    for marker in checklist()[id].markers:
        item.add_marker(marker)
    item.extra_keyword_matches.add(id)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each attested item of a directory, in the checklist's order."""
    if metafunc.definition.originalname == "test_attested":
        items = checklist().attested_in(metafunc.definition.path.parent.name)
        marks = [pytest.param(each.sentence, id=each.id, marks=pytest.mark.item(each.id, of="")) for each in items]
        metafunc.parametrize("sentence", marks)


@pytest.hookimpl(tryfirst=True)  # before xdist's worker tells the controller that it has collected
def pytest_collection_finish(session: pytest.Session) -> None:
    """Write down what was selected, and which probes that wants; look."""
    config = session.config
    cases = [item.stash[CASE] for item in session.items if CASE in item.stash]
    if RUN not in config.stash or (getattr(config, "workerinput", None) is None and config.option.numprocesses):
        return
    run = config.stash[RUN]
    probes = {p for c in cases if not run.settled(c) for p in run.wants(c)}
    try:
        run.select([c.id for c in cases], probes, getattr(config, "workerinput", {}).get("workerid", "main"))
        if CONTROLLER in config.stash and cases:
            config.stash[CONTROLLER].start_looking()
    except OSError as problem:
        pytest.exit(f"the run can't be kept: {problem}", pytest.ExitCode.INTERNAL_ERROR)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What settles an item before its test runs."""
    if CASE in item.stash and (settled := item.config.stash[RUN].held(item.stash[CASE])):
        raise settled


def pytest_assertion_pass(item: pytest.Item, orig: str) -> None:
    """The source of each assertion that held is evidence."""
    item.stash.setdefault(EVIDENCE, []).append(orig[:300])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn what happened into a result that rides on the report; redact the whole report."""
    in_a_sentence(item, call)
    report = yield
    if CASE not in item.stash:
        return report
    run = item.config.stash[RUN]
    if call.when == "call" or (call.when == "setup" and call.excinfo):
        result = result_of(item.stash[CASE], call, item.stash.get(EVIDENCE, []), run)
        if result.status not in (Status.PASS, Status.FAIL):
            skipped, why = result.status in (Status.NA, Status.NOT_RUN, Status.PENDING), f"{result.id}: {result.note}"
            report.longrepr = (str(item.path), 0, f"Skipped: {why}") if skipped else why
            report.outcome = "skipped" if skipped else "failed"
        report.__dict__["acceptance"] = plain(result)
    hook = item.config.hook
    data = run.redactor().deep(hook.pytest_report_to_serializable(config=item.config, report=report))
    clean: pytest.TestReport = hook.pytest_report_from_serializable(config=item.config, data=data)
    return clean


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Our own words: "6 blocked", and tracebacks for FAIL only."""
    result = getattr(report, "acceptance", None)
    if result is None:
        return None
    status = result["status"]
    category = {"PASS": "passed", "FAIL": "failed"}.get(status, status.lower())
    letter = {"PASS": ".", "FAIL": "F"}.get(status, status[0].lower())
    return category, letter, (f"{status} {result['id']}", {COLOURS.get(status, "cyan"): True})


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """The controller keeps each result at once, and renders the record every two seconds."""
    controller = _controller()
    if controller and (result := getattr(report, "acceptance", None)):
        controller.recorder.take(result)


_ACTIVE: list[Controller] = []


def _controller() -> Controller | None:
    return _ACTIVE[0] if _ACTIVE else None


def pytest_sessionstart(session: pytest.Session) -> None:
    """The record is there from the start, and says that the run is not done."""
    if CONTROLLER in session.config.stash:
        _ACTIVE[:] = [session.config.stash[CONTROLLER]]
        _ACTIVE[0].recorder.render(complete=False)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Settle what needs the whole run, write the record, and let the verdict be the exit code."""
    controller = session.config.stash.get(CONTROLLER, None)
    if controller is None:
        return
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    cut = exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    if not (controller.run.folder / "selected.json").exists() or not (selected := controller.selected()):
        if exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            sys.stderr.write("no item was selected; `acceptance list` shows ids, sentences and markers\n")
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
        controller.recorder.finish([], cut=True)
        return
    controller.end()
    verdict = controller.recorder.finish(selected, cut=cut).verdict
    if not cut:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR if controller.recorder.lost else verdict.exit_code


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """What blocks, what would turn it to GO, counts, and where the record lies."""
    controller = config.stash.get(CONTROLLER, None)
    if controller is not None:
        terminalreporter.section("verdict")
        terminalreporter.write_line(controller.recorder.summary(colour=bool(terminalreporter.hasmarkup)))
        if path := os.environ.get("GITHUB_STEP_SUMMARY"):
            terminalreporter.write_line(controller.recorder.tell_github(path))
