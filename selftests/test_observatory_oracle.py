"""Our header grades against the MDN HTTP Observatory's own answers (algorithm 6), case by case."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from acceptance.facts import ProbeError
from acceptance.grading.observatory import grade
from acceptance.probes.site import walk
from selftests.observatory_sites import opener

pytestmark = pytest.mark.oracle
FOLDER = Path(os.environ.get("ORACLES", "../shared/oracles")) / "headers"
CORPUS = FOLDER / "corpus-newer.json"
ISOLATION = ("cross-origin-opener-policy", "cross-origin-embedder-policy")


def cases(path: Path) -> list[Any]:
    if not path.is_file():
        return []
    corpus = json.loads(path.read_text(encoding="utf-8"))
    return [pytest.param(case, corpus, id=case["name"]) for case in corpus["cases"]]


def graded(case: dict[str, Any], corpus: dict[str, Any]) -> Any:
    host, open_client = opener(case, corpus["host"])
    listed = corpus["preload_list"]
    preloaded = listed if isinstance(listed, dict) else dict.fromkeys(listed, True)
    return grade(walk(f"http://{host}/", f"https://{host}/", open_client), preloaded)


@pytest.mark.skipif("ORACLES" not in os.environ and not CORPUS.is_file(), reason=f"no corpus at {CORPUS}; set ORACLES")
def test_the_corpus_is_there():
    assert cases(CORPUS)


@pytest.mark.parametrize("case, corpus", cases(CORPUS))
def test_each_case_of_algorithm_6(case, corpus):
    oracle = case["oracle"]
    if oracle.get("score") is None:
        with pytest.raises(ProbeError):
            graded(case, corpus)
        return
    ours = graded(case, corpus)
    theirs = {name: (test["result"], test["modifier"], test["pass"]) for name, test in oracle["tests"].items()}
    mine = {test.name: (test.result, test.modifier, test.passed) for test in ours.tests}
    assert mine == theirs
    assert (ours.score, ours.letter) == (oracle["score"], oracle["grade"])


@pytest.mark.parametrize("case, corpus", cases(FOLDER / "corpus.json"))
def test_algorithm_4_where_it_is_the_same(case, corpus):
    """The older algorithm lacks two tests, gives no bonus for X-Frame-Options, and joins policies."""
    oracle = case["oracle"]
    if oracle.get("score") is None:
        return
    theirs = {name: test["result"] for name, test in oracle["tests"].items()}
    mine = {test.name: test.result for test in graded(case, corpus).tests if test.name not in ISOLATION}
    differ = {"content-security-policy"} if "," in str(case["site"].get("headers", "")) else set()
    assert {name for name in theirs if mine[name] != theirs[name]} <= differ
