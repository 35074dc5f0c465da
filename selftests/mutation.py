"""Mutants of the judgements: each small change to a judgement must turn a self-test red. `make mutation`.

mutmut makes the mutants. Its own runner can't ask: it leaves decorated functions alone, which is what every test and
every family of facts is, and its trampolines hide the parameters by which a test asks for facts. So one file at a time
is changed in a scratch copy, and a fork runs the self-tests that concern it, the quickest first, until one is red. The
files share the time; those of a file's mutants that it bears are scattered over the file, the same ones every time.
Left alone are prose (docstrings, texts with a space or empty, words of a failure, `__repr__`, `looked`), annotations
and decorators; and a number or text never becomes None: mypy refuses that.
"""

from __future__ import annotations

import argparse
import fnmatch
import importlib
import io
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import zlib
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
TOOL = ROOT / ".lab" / "mutmut"
FOUND, TABLE, EXPLAINED = ROOT / "docs/mutation.json", ROOT / "docs/mutation.md", ROOT / "selftests/mutation.toml"
JUDGEMENTS = ("acceptance/verdict.py", "acceptance/grading/*.py", "tests_*/*.py", "acceptance/probes/*_facts.py")
WORDS = ("ProbeError", "Unseen", "Refused", "Settled", "InvalidPolicy")  # what they are given is for people to read
LITERAL = re.compile(r"""= (\d\S*|"[^"]*"|(?:list|dict|tuple)\[.*\])""")
CPU_S = 6.0  # a file of self-tests that takes longer is not asked a hundred times over
NEAREST = 5  # files of self-tests that are asked of each judgement
PATIENCE_S = 120.0  # for one mutant, on a busy machine; whoever hangs is noticed
OURS = ("acceptance", "selftests", "conftest", *(f"tests_{each}" for each in ("infra", "security", "functional", "performance")))  # fmt: skip
QUIET = [
    *("-q", "-x", "--no-header", "-p", "no:cacheprovider", "-p", "no:unraisableexception"),
    *("-m", "not lab and not oracle and not proof and not faults"),
]


class Mutant(NamedTuple):
    """A changed line, and the whole changed file."""

    line: int
    was: str
    now: str
    source: str


def mutants(source: str) -> tuple[int, Iterator[Mutant]]:
    """How many mutants a file has, and each of them, scattered; to write one takes a while."""
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
            if isinstance(node, cst.SimpleString) and (" " in node.value or len(node.value) == 2):
                return False
            for kind, change in mutation_operators:
                if isinstance(node, kind):
                    self.made += [(node, each) for each in change(node)]
            return not isinstance(node, cst.Name)

    walk = Walk()
    module.visit(walk)

    def written_out() -> Iterator[Mutant]:
        for old, new in sorted(walk.made, key=scattered):
            code = getattr(module.deep_replace(old, new), "code", source)
            after, line = code.splitlines(), places[old].start.line
            at = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), line - 1)
            was, now = before[at].strip(), after[at].strip() if at < len(after) else ""
            kept = was.count("strict=True") == now.count("strict=True")  # ruff demands it
            if code != source and kept and now != LITERAL.sub("= None", was, count=1):
                yield Mutant(at + 1, was, now, code)

    def scattered(change: tuple[cst.CSTNode, cst.CSTNode]) -> int:
        return zlib.crc32("".join(map(module.code_for_node, change)).encode())

    return len(walk.made), written_out()


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
        return words[0] in path.stem or path.stem.removeprefix("test_") in words[0], sum(map(texts[path].count, words))

    asked = sorted((p for p in near if p.name.startswith("test_")), key=nearness, reverse=True)
    return [path.name for path in asked[:NEAREST]]


def _imports(module: str) -> set[str]:
    return _imported(path.read_text()) if (path := ROOT / f"{module.replace('.', '/')}.py").exists() else set()


def _imported(text: str) -> set[str]:
    """Modules that a source imports, as near as its text tells."""
    found = set(re.findall(r"^\s*import (acceptance[\w.]*|selftests[\w.]*)", text, re.MULTILINE))
    for module, names in re.findall(r"from (acceptance[\w.]*|selftests[\w.]*) import (\([^)]*\)|[^\n]*)", text):
        found |= {module, *(f"{module}.{each}" for each in re.findall(r"\w+", names))}
    return found


def _forget(changed: str, scratch: Path) -> None:
    """Drop what was loaded and stands on a changed module, to be read from the copy; the rest of it can stay."""
    ours = {name: module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] in OURS}
    used = {name: _imported(Path(file).read_text(encoding="utf-8")) for name, file in ours.items() if file}
    gone = {changed, *(n for n in ours if not n.startswith("acceptance") or ".plugin" in n or n == "acceptance.judge")}
    while more := {name for name, modules in used.items() if name not in gone and modules & gone}:
        gone |= more
    for name in gone & set(ours):
        del sys.modules[name]
        package, _, last = name.rpartition(".")
        if hasattr(sys.modules.get(package), last):
            delattr(sys.modules[package], last)  # else `from package import last` finds the old one
    for name in filter(lambda name: hasattr(sys.modules[name], "__path__"), set(ours) - gone):
        sys.modules[name].__path__ = [str(scratch / name.replace(".", "/"))]


def run(scratch: Path, tests: list[str], changed: str, *, measure: bool = False) -> tuple[str, float]:
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
            sys.dont_write_bytecode = not measure  # nobody may meet the bytecode of a mutant
            _forget(changed, scratch)
            if measure:
                resource.setrlimit(resource.RLIMIT_CPU, (round(CPU_S), round(CPU_S) + 1))
            sys.path[:] = [str(scratch), *(p for p in sys.path if p not in ("", str(ROOT)))]
            code = int(pytest.main([*QUIET, f"--rootdir={scratch}", *(f"selftests/{each}" for each in tests)]))
        finally:
            os._exit(code)
    ends = time.monotonic() + (PATIENCE_S / 4 if measure else PATIENCE_S)
    while True:
        pid, status, used = os.wait4(child, os.WNOHANG)
        if pid:
            how = "survived" if os.waitstatus_to_exitcode(status) in (0, 5) else "killed"
            return how, used.ru_utime + used.ru_stime
        if time.monotonic() > ends:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "timeout", PATIENCE_S
        time.sleep(0.02)


def judge(name: str, scratch: Path, ends: float, cpu_s: dict[str, float]) -> dict[str, Any]:
    """All mutants of one file, as many as the time bears."""
    source, module = (ROOT / name).read_text(encoding="utf-8"), name.removesuffix(".py").replace("/", ".")
    for each in concerned(name):
        if each not in cpu_s:
            how, spent = run(scratch, [each], module, measure=True)
            cpu_s[each] = spent if how == "survived" else PATIENCE_S
    tests = sorted((each for each in concerned(name) if cpu_s[each] < CPU_S), key=lambda each: cpu_s[each])
    target = scratch / name
    for stale in (target.parent / "__pycache__").glob(f"{target.stem}.*"):
        stale.unlink()
    left, each_mutant = mutants(source)
    row: dict[str, Any] = {"tests": tests, "mutants": 0, "killed": 0, "left": 0, "survivors": []}
    for each in each_mutant:
        if not tests or time.monotonic() > ends:
            row["left"] = left - row["mutants"]
            break
        target.write_text(each.source, encoding="utf-8")
        how, _ = run(scratch, tests, module)
        row["mutants"] += 1
        row["killed"] += how != "survived"
        if how == "survived":
            row["survivors"].append({"line": each.line, "was": each.was, "now": each.now})
    target.write_text(source, encoding="utf-8")
    row["survivors"].sort(key=lambda each: each["line"])
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
        "mutation FILES='acceptance/grading/*'` a part. What no quick self-test can see, the kill table (proof.md) may. Of a",
        "file with mutants not asked yet, those asked are scattered over all of it.", "",
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
        names = [name for name in dict.fromkeys(names) if not name.endswith("__init__.py")]
        for number, name in enumerate(names):
            if (left_s := ends - time.monotonic()) > 0:
                share_s = left_s / (len(names) - number)
                row = judge(name, scratch, time.monotonic() + share_s, cpu_s)
                rows[name] = row if row["mutants"] else rows.get(name, row)
                explained(rows)
                FOUND.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", encoding="utf-8")
                TABLE.write_text(written(rows), encoding="utf-8")
    finally:
        shutil.rmtree(scratch)
    return 1 if any(not each["why"] for row in rows.values() for each in row["survivors"]) else 0


if __name__ == "__main__":
    sys.exit(main())
