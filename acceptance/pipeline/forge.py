"""Checks of a commit and issues of a repository, by GitHub's API: every page, and its rate limit respected."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acceptance.facts import ProbeError, Unseen, text
from acceptance.probes.ci_reports import Bug, Check
from acceptance.visit import Visit

if TYPE_CHECKING:
    from acceptance.tables.ci import GitHub

PAGES = 20
PER_PAGE = 100
EXPORT_LIMIT = 50_000_000


def checks(visit: Visit, github: GitHub, commit: str) -> tuple[Check, ...] | Unseen:
    """The newest check run of each name for the commit; Unseen when the forge can't be asked."""
    if not github.checks:
        return ()
    url = f"{github.api.rstrip('/')}/repos/{github.repository}/commits/{commit}/check-runs?filter=latest"
    try:
        newest: dict[str, tuple[str, Check]] = {}
        for run in _pages(visit, github, url, "check_runs"):
            if run["head_sha"] != commit:
                raise ProbeError("check runs", f"the forge answers for commit {text(run['head_sha'], 12)}")
            begun = str(run.get("started_at") or "9999")  # one that has not begun yet is the newest
            check = Check(text(run["name"], 120), text(run["status"], 40), text(run.get("conclusion") or "", 40))
            if begun >= newest.get(check.name, ("", check))[0]:
                newest[check.name] = (begun, check)
        return tuple(check for _, check in newest.values())
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    except (KeyError, TypeError, AttributeError):
        return Unseen("check runs", "the answer is not what GitHub's API gives")


def bugs(visit: Visit, github: GitHub, labels: tuple[str, ...]) -> tuple[Bug, ...] | Unseen:
    """Open issues that carry any of the labels; pull requests are none."""
    url = f"{github.api.rstrip('/')}/repos/{github.repository}"
    try:
        if found := _labelled(_pages(visit, github, f"{url}/issues?state=open", ""), labels):
            return found
        known = {str(each["name"]).lower() for each in _pages(visit, github, f"{url}/labels?sort=name", "")}
        if strange := [label for label in labels if label.lower() not in known]:
            return Unseen("open issues", f"the tracker has no label {strange[0]!r}; correct [ci] severity_labels")
        return ()
    except ProbeError as problem:
        return Unseen(problem.what, problem.why)
    except (KeyError, TypeError, AttributeError):
        return Unseen("open issues", "the answer is not what GitHub's API gives")


def exported(path: Path, labels: tuple[str, ...]) -> tuple[Bug, ...] | Unseen:
    """Open issues out of an export: a JSON list with number, title, state and labels of each."""
    try:
        with path.open("rb") as source:
            data = source.read(EXPORT_LIMIT + 1)
        if len(data) > EXPORT_LIMIT:
            return Unseen(f"issues in {path}", "the file is too large")
        issues = json.loads(data)
        if not isinstance(issues, list):
            return Unseen(f"issues in {path}", "it is no JSON list")
        return _labelled((i for i in issues if str(i["state"]).lower() == "open"), labels)
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as problem:
        return Unseen(f"issues in {path}", f"{type(problem).__name__}: {text(problem, 100)}")


def _labelled(issues: Any, labels: tuple[str, ...]) -> tuple[Bug, ...]:
    wanted = {label.lower() for label in labels}
    found = []
    for issue in issues:
        names = tuple(text(e["name"] if isinstance(e, dict) else e, 60) for e in issue["labels"])
        if "pull_request" not in issue and wanted & {name.lower() for name in names}:
            found.append(Bug(str(issue["number"]), text(issue["title"], 100), names))
    return tuple(found)


def _pages(visit: Visit, github: GitHub, url: str, key: str) -> Iterator[dict[str, Any]]:
    from acceptance import web

    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    if github.token:
        headers["Authorization"] = f"Bearer {visit.secret(github.token)}"
    with web.client(visit, headers=headers) as http:
        for page in range(1, PAGES + 1):
            answer = web.ask(http, "GET", f"{url}&per_page={PER_PAGE}&page={page}")
            if answer.status_code in (403, 429) and answer.headers.get("x-ratelimit-remaining") == "0":
                raise ProbeError(
                    web.path_of(url), f"rate limit reached until {answer.headers.get('x-ratelimit-reset')}"
                )
            if answer.status_code != 200:
                raise ProbeError(web.path_of(url), f"answered {answer.status_code}")
            whole = web.as_json(answer)
            rows = whole[key] if key else whole
            if not isinstance(rows, list):
                raise ProbeError(web.path_of(url), "the answer is not what GitHub's API gives")
            yield from rows
            if len(rows) < PER_PAGE and 'rel="next"' not in answer.headers.get("link", ""):
                return
    raise ProbeError(web.path_of(url), f"there are more than {PAGES * PER_PAGE} entries")
