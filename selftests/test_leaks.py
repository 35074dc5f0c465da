"""Planted secrets stand in no file and no terminal output of a run, whole or in parts, in no spelling."""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from acceptance.children import Sandbox
from acceptance.redact import SHOWN
from selftests.running import run

FAULTS = (
    "profile-shows-hash", "secret-in-log", "stack-trace-on-bad-json", "token-holds-password", "config-toml-clear-secret",
    "secret-of-the-target",
)  # fmt: skip
ECHOED = "$2b$12$" + "Abcdefghij" * 5  # what the profile shows under `profile-shows-hash`
ANSWERED = "email and password are needed"  # what log-in says, and the facts keep: here it is a secret
PART = 12  # characters of a secret that nobody may see in a row
SELECTION = " or ".join((
    "FUNC-API-0", "SEC-SECRET-05", "SEC-WEB-03", "SEC-WEB-05", "SEC-WEB-11", "SEC-WEB-12", "SEC-WEB-13", "INFRA-CONF",
    "INFRA-MONGO-0", "INFRA-HOST-0", "INFRA-ENV-0",
))  # fmt: skip


def planted(sandbox: Sandbox) -> set[str]:
    """Secrets of the sandbox's credentials; of a connection string the password."""
    values = {path.read_text(encoding="utf-8") for path in (sandbox.folder / "secrets").iterdir()} | {ECHOED}
    return {(urlsplit(value).password or "") if "://" in value else value for value in values} - {""}


def spelt(secret: str) -> set[str]:
    raw = secret.encode()
    return {secret, quote(secret, safe=""), base64.b64encode(raw).decode(), base64.b64encode(b":" + raw).decode()}


def windows(text: str) -> set[str]:
    return {text[at : at + PART] for at in range(len(text) - PART + 1)}


def leaks(where: Path, said: str, secrets: set[str], public: str) -> list[str]:
    """Places that hold a part of a secret, or something shaped like a token."""
    parts = {part for secret in secrets for form in spelt(secret) for part in windows(form)}
    parts -= windows(public)  # a secret may share words with what everybody may read, such as the name of its user
    texts = {str(path.relative_to(where)): path.read_bytes().decode("utf-8", "replace")
             for path in where.rglob("*") if path.is_file() and "state" not in path.relative_to(where).parts}  # fmt: skip
    found = []
    for name, text in {**texts, "terminal": said}.items():
        found += [f"{name}: {part}" for part in sorted(windows(text) & parts)[:3]]
        found += [f"{name}: {token[0][:40]}" for token in re.finditer(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}", text)][:1]
    return found


@pytest.mark.parametrize("words", [(), ("-n", "2", "-l", "-rA")], ids=["serial", "parallel"])
def test_no_secret_is_seen(words: tuple[str, ...], sandbox: Sandbox, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    for path in sandbox.folder.glob("*.toml"):
        shutil.copy(path, target)
    with (target / "target.toml").open("a", encoding="utf-8") as more:
        more.write('\n[credentials.planted]\nsecret = "env:PLANTED_HERE"\n')
        more.write('[credentials.answered]\nsecret = "env:PLANTED_ANSWER"\n')
    where = tmp_path / "run"
    for fault in FAULTS:
        sandbox.change(f"+{fault}")
    try:
        ended = run(
            where, f"--target={target / 'target.toml'}", "-k", SELECTION, *words,
            f"--html={where / 'log.html'}", "--self-contained-html", f"--junitxml={where / 'pytest.xml'}",
            PLANTED_HERE=ECHOED, PLANTED_ANSWER=ANSWERED,
        )  # fmt: skip
    finally:
        for fault in FAULTS:
            sandbox.change(f"-{fault}")
    statuses = ended.statuses()
    assert len(statuses) > 30, ended.said[-2000:]
    assert {statuses["FUNC-API-04"], statuses["SEC-WEB-11"], statuses["SEC-WEB-13"]} == {"FAIL"}
    everything = "".join(path.read_text(encoding="utf-8") for path in (ended.folder / "facts").glob("*.json"))
    assert SHOWN in everything, "nothing that was planted came by, so nothing is proven"
    assert ANSWERED not in everything
    assert leaks(where, ended.said, planted(sandbox), sandbox.target_file.read_text(encoding="utf-8")) == []
