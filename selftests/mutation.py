"""Mutants of the judgements: each small change to a judgement must turn a self-test red. `make mutation`.

mutmut makes the mutants. Its own runner can't ask: it leaves decorated functions alone, which is what every test and
every family of facts is, and its trampolines hide the parameters by which a test asks for facts. So one file at a time
is changed in a scratch copy, and a fork runs the self-tests that concern it, the quickest first, until one is red.
Prose is left alone: docstrings, texts with a space, words of a failure, `__repr__` and `looked`; so are annotations and
decorators.
"""

from __future__ import annotations

import argparse
import fnmatch
import importlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
TOOL = ROOT / ".lab" / "mutmut"
FOUND, TABLE, EXPLAINED = ROOT / "docs/mutation.json", ROOT / "docs/mutation.md", ROOT / "selftests/mutation.toml"
JUDGEMENTS = ("acceptance/verdict.py", "acceptance/grading/*.py", "tests_*/*.py", "acceptance/probes/*_facts.py")
WORDS = ("ProbeError", "Unseen", "Refused", "Settled")  # what they are given is for people to read
CPU_S = 6.0  # a file of self-tests that takes longer is not asked a hundred times over
NEAREST = 5  # files of self-tests that are asked of each judgement
PATIENCE_S = 120.0  # for one mutant, on a busy machine; whoever hangs is noticed
OURS = ("acceptance", "selftests", "conftest", *(f"tests_{each}" for each in ("infra", "security", "functional", "performance")))  # fmt: skip
QUIET = (
    "-q",
    "-x",
    "--no-header",
    "-p",
    "no:cacheprovider",
    "-m",
    "not lab and not oracle and not proof and not faults",
)


class Mutant(NamedTuple):
    """A changed line, and the whole changed file."""

    line: int
    was: str
    now: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a file in order."""
    import libcst as cst
    from mutmut.mutation.mutators import mutation_operators

    wrapper = cst.MetadataWrapper(cst.parse_module(source))
    places = wrapper.resolve(cst.metadata.PositionProvider)
    module, before = wrapper.module, source.splitlines()

    class Walk(cst.CSTVisitor):
        def __init__(self) -> None:
            super().__init__()
            self.made: list[tuple[cst.CSTNode, cst.CSTNode]] = []

        def on_visit(self, node: cst.CSTNode) -> bool:
            if isinstance(node, cst.Annotation | cst.Decorator | cst.Import | cst.ImportFrom):
                return False
            if isinstance(node, cst.FunctionDef) and node.name.value in ("__repr__", "looked"):
                return False
            if isinstance(node, cst.Expr) and isinstance(node.value, cst.BaseString):
                return False
            if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value in WORDS:
                return False
            if isinstance(node, cst.FormattedString) and any(" " in getattr(part, "value", "") for part in node.parts if isinstance(part, cst.FormattedStringText)):  # fmt: skip
                return False
            if isinstance(node, cst.SimpleString) and (" " in node.value or node.quote.startswith('"""')):
                return False
            for kind, change in mutation_operators:
                if isinstance(node, kind):
                    self.made += [(node, each) for each in change(node)]
            return not isinstance(node, cst.Name)

    walk = Walk()
    module.visit(walk)
    known = {source}
    for old, new in walk.made:
        changed = module.deep_replace(old, new)
        code = changed.code if isinstance(changed, cst.Module) else source
        if code in known:
            continue
        known.add(code)
        after, line = code.splitlines(), places[old].start.line
        at = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), line - 1)
        yield Mutant(at + 1, before[at].strip(), after[at].strip() if at < len(after) else "", code)


def concerned(name: str) -> list[str]:
    """Self-tests that know a judgement: that import its module, or name an item whose test stands on it."""
    from acceptance import joins
    from acceptance.judge import JOINS, catalogue, probes_of
    from acceptance.probes import PROBES

    module = name.removesuffix(".py").replace("/", ".")

    def stands_on(case: Any) -> set[str]:
        types = {PROBES[each].facts.__module__ for each in probes_of(case)}
        used = [
            vars(joins).get(word) for each in case.asks_for if each in JOINS for word in JOINS[each].__code__.co_names
        ]
        joined = {getattr(each, "__module__", None) or getattr(each, "__name__", "") for each in used if each}
        return {case.function.__module__, *types, *joined, *(n for t in {*types, *joined} for n in _imports(t))}

    ids = {case.id for case in catalogue().values() if module in stands_on(case)}
    texts = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / "selftests").glob("*.py"))}
    users = {module, *(f"acceptance.grading.{p.stem}" for p in (ROOT / "acceptance/grading").glob("*.py") if module in _imports(f"acceptance.grading.{p.stem}"))}  # fmt: skip
    near = {p for p, text in texts.items() if users & _imported(text) or any(f'"{id}"' in text for id in ids)}
    helpers = {f"selftests.{path.stem}" for path in near if not path.name.startswith("test_")}
    near |= {path for path, text in texts.items() if helpers & _imported(text)}
    words = [Path(name).stem.removesuffix("_facts").removeprefix("test_"), *(f'"{id}"' for id in ids)]

    def nearness(path: Path) -> tuple[bool, int]:
        return words[0] in path.stem, sum(map(texts[path].count, words))

    asked = sorted((p for p in near if p.name.startswith("test_")), key=nearness, reverse=True)
    return [path.name for path in asked[:NEAREST]]


def _imports(module: str) -> set[str]:
    path = ROOT / f"{module.replace('.', '/')}.py"
    return _imported(path.read_text(encoding="utf-8")) if path.exists() else set()


def _imported(text: str) -> set[str]:
    """Modules that a source imports, as near as its text tells."""
    found = set(re.findall(r"^\s*import (acceptance[\w.]*|selftests[\w.]*)", text, re.MULTILINE))
    for module, names in re.findall(r"from (acceptance[\w.]*|selftests[\w.]*) import (\([^)]*\)|[^\n]*)", text):
        found |= {module, *(f"{module}.{each}" for each in re.findall(r"\w+", names))}
    return found


def run(scratch: Path, tests: list[str], patience_s: float, *, keep: bool = False) -> tuple[str, float]:
    """Run self-tests in a fork of this process: survived, killed or timeout, and the seconds of processor that took."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.setsid()
            nowhere = os.open(os.devnull, os.O_RDWR)
            for each in (0, 1, 2):
                os.dup2(nowhere, each)
            os.chdir(scratch)
            sys.dont_write_bytecode = not keep  # nobody may meet the bytecode of a mutant
            for each in [m for m in sys.modules if m.partition(".")[0] in OURS]:
                del sys.modules[each]
            sys.path[:] = [str(scratch), *(p for p in sys.path if p not in ("", str(ROOT)))]
            code = int(pytest.main([*QUIET, f"--rootdir={scratch}", *(f"selftests/{each}" for each in tests)]))
        finally:
            os._exit(code)
    ends = time.monotonic() + patience_s
    while True:
        pid, status, used = os.wait4(child, os.WNOHANG)
        if pid:
            spent = used.ru_utime + used.ru_stime
            return ("survived" if os.waitstatus_to_exitcode(status) in (0, 5) else "killed"), spent
        if time.monotonic() > ends:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "timeout", patience_s
        time.sleep(0.02)


def judge(name: str, scratch: Path, ends: float, cpu_s: dict[str, float]) -> dict[str, Any]:
    """All mutants of one file, as many as the time bears."""
    source = (ROOT / name).read_text(encoding="utf-8")
    for each in concerned(name):
        if each not in cpu_s:
            how, spent = run(scratch, [each], PATIENCE_S, keep=True)
            cpu_s[each] = spent if how == "survived" else PATIENCE_S
    tests = sorted((each for each in concerned(name) if cpu_s[each] < CPU_S), key=lambda each: cpu_s[each])
    target = scratch / name
    for stale in (target.parent / "__pycache__").glob(f"{target.stem}.*"):
        stale.unlink()
    row: dict[str, Any] = {"tests": tests, "mutants": 0, "killed": 0, "left": 0, "survivors": []}
    for each in mutants(source):
        if not tests or time.monotonic() > ends:
            row["left"] += 1
            continue
        target.write_text(each.source, encoding="utf-8")
        how, _ = run(scratch, tests, PATIENCE_S)
        row["mutants"] += 1
        row["killed"] += how != "survived"
        if how == "survived":
            row["survivors"].append({"line": each.line, "was": each.was, "now": each.now})
    target.write_text(source, encoding="utf-8")
    print(f"{name}: {row['killed']} of {row['mutants']} killed by {len(tests)} files, {row['left']} left", flush=True)
    return row


def explained(rows: dict[str, Any]) -> None:
    """Put the reasons beside the survivors, found by their text, so that lines may move."""
    reasons = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    for name, row in rows.items():
        for each in row["survivors"]:
            why = [
                r["why"] for r in reasons.get(name, ()) if r["was"] in each["was"] and r.get("now", "") in each["now"]
            ]
            each["why"] = why[0] if why else ""


def written(rows: dict[str, Any]) -> str:
    """The table for people."""
    lines = [
        "# Mutants of the judgements", "",
        "Each mutant is one small change to a judgement; a self-test must turn red. `make mutation` asks again, `make",
        "mutation FILES='acceptance/grading/*'` a part. What no quick self-test can see, the kill table (proof.md) may.", "",
        "| file | mutants | killed | explained | open | not asked yet |", "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    for name, row in sorted(rows.items()):
        known = sum(bool(each["why"]) for each in row["survivors"])
        lines.append(f"| {name} | {row['mutants']} | {row['killed']} | {known} | {len(row['survivors']) - known} | {row['left']} |")  # fmt: skip
    for title, wanted in (("Open", False), ("Explained", True)):
        lines += ["", f"## {title}"]
        for name, row in sorted(rows.items()):
            shown = [each for each in row["survivors"] if bool(each["why"]) is wanted]
            lines += ["", f"**{name}**", ""] if shown else []
            lines += [f"- {e['line']}: `{e['was']}` → `{e['now']}`{': ' + e['why'] if e['why'] else ''}" for e in shown]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Ask about the files that fit the patterns, and keep what is known of the others."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("files", nargs="*", default=JUDGEMENTS, help="patterns of files, from the root")
    options.add_argument("--minutes", type=float, default=60.0, help="after which no further mutant is asked")
    asked = options.parse_args()
    sys.path.append(str(TOOL))
    for name in ("hypothesis.strategies", "pydantic", "httpx", "yaml", "jinja2", "cryptography.x509", "scipy.stats"):
        importlib.import_module(name)  # what every fork would import again
    with redirect_stdout(io.StringIO()):  # and pytest's plugins as well
        pytest.main([*QUIET, "--collect-only", str(ROOT / "selftests/test_exceedance.py")])

    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")  # fmt: skip
    names = [n for pattern in asked.files for n in sorted(tracked) if fnmatch.fnmatch(n, pattern)]
    rows: dict[str, Any] = json.loads(FOUND.read_text(encoding="utf-8")) if FOUND.exists() else {}
    scratch = Path(tempfile.mkdtemp(prefix="mutation-"))
    ends, cpu_s = time.monotonic() + asked.minutes * 60, dict[str, float]()  # of each file of self-tests
    try:
        for name in filter(None, tracked):
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, scratch / name)
        for name in dict.fromkeys(names):
            if time.monotonic() < ends and not name.endswith("__init__.py"):
                rows[name] = judge(name, scratch, ends, cpu_s)
                explained(rows)
                FOUND.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", encoding="utf-8")
                TABLE.write_text(written(rows), encoding="utf-8")
    finally:
        shutil.rmtree(scratch)
    return 1 if any(not each["why"] for row in rows.values() for each in row["survivors"]) else 0


if __name__ == "__main__":
    sys.exit(main())
