"""Planted secrets stand in no file and no terminal output of a run, whole or in parts, in no spelling."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from acceptance.redact import HALF, PART, SHOWN, Redactor
from selftests.running import ROOT, Ended, run
from selftests.spelt import CHARACTERS, Sought, pieces, whole

FAULTS = (
    "profile-shows-hash", "secret-in-log", "stack-trace-on-bad-json", "token-holds-password", "config-toml-clear-secret",
    "secret-of-the-target", "cookie-without-samesite",
)  # fmt: skip
ANSWERED = "email and password are needed"  # what log-in says, and the facts keep: here it is a secret
SOME = " or ".join((
    "FUNC-API-0", "FUNC-EXT", "SEC-SECRET-05", "SEC-TLS-0", "SEC-WEB-03", "SEC-WEB-05", "SEC-WEB-10", "SEC-WEB-11",
    "SEC-WEB-12", "SEC-WEB-13", "INFRA-CONF", "INFRA-MONGO-0", "INFRA-HOST-0", "INFRA-ENV-0", "INFRA-CODE", "SEC-SECRET-03",
))  # fmt: skip


def planted() -> dict[str, str]:
    """Fresh secrets: such as people make them, and such as programs do."""
    return {
        "PLANTED_0": f"Pl4nt {secrets.token_urlsafe(24)}".replace(" ", "-"),
        "PLANTED_1": f"q\"\\/+%&<>'ä{secrets.token_urlsafe(18)}=={secrets.token_urlsafe(9)}",
        "PLANTED_2": secrets.token_hex(20),
        "PLANTED_3": ANSWERED,
    }


@dataclass(frozen=True)
class Leaky:
    """A sandbox that gives secrets away."""

    folder: Path
    environment: dict[str, str]

    def secrets(self) -> set[str]:
        """Those that were planted, and the sandbox's own; of a connection string the password."""
        own = {path.read_text(encoding="utf-8") for path in (self.folder / "secrets").iterdir()}
        values = own | set(self.environment.values())
        return {(urlsplit(value).password or "") if "://" in value else value for value in values} - {"", ANSWERED}


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leaky]:
    made = Leaky(tmp_path_factory.mktemp("leaky"), planted())
    command = [sys.executable, "-m", "selftests.leaky", str(made.folder), *(f"--fault={fault}" for fault in FAULTS)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, **made.environment},
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        target = Path(json.loads(process.stdout.readline())["target"])
        with target.open("a", encoding="utf-8") as more:
            for name in made.environment:
                more.write(f'\n[credentials.{name.lower()}]\nsecret = "env:{name}"\n')
        words = made.folder / "attestations.toml"
        said = words.read_text(encoding="utf-8").replace(
            "Done; this", f"Done with {made.environment['PLANTED_2']}; this"
        )
        words.write_text(said, encoding="utf-8")
        yield made
        process.stdin.close()


def leaks(where: Path, said: str, known: set[str], public: str) -> list[str]:
    """Places that hold a part of a secret, or something shaped like a token; a secret may share words with what is public."""
    sought = Sought(known, public)
    found = [f"terminal: {piece}" for piece in sought.within(said)]
    for path in sorted(each for each in where.rglob("*") if each.is_file() and not each.is_symlink()):
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(where)}: {piece}" for piece in sought.within(f"{path.name}\n{text}")]
    return found


def leaking(leaky: Leaky, where: Path, *words: str, crash: str = "", timeout_s: int = 170) -> Ended:
    """A run against the leaky sandbox, whose files and words give nothing away."""
    reports = (f"--html={where / 'log.html'}", "--self-contained-html", f"--junitxml={where / 'pytest.xml'}")
    target, temporary = leaky.folder / "target.toml", where / "tmp"
    temporary.mkdir(parents=True)
    ended = run(
        where, f"--target={target}", "-p", "selftests.crashing", "-l", "-rA", *reports, *words,
        timeout_s=timeout_s, CRASH_IN=crash, TMPDIR=str(temporary), **leaky.environment,
    )  # fmt: skip
    assert leaks(where, ended.said, leaky.secrets(), target.read_text(encoding="utf-8")) == []
    for folder in (path for path in (where / "state").rglob("*") if path.is_dir() and path.parent.name == "acceptance"):
        assert folder.stat().st_mode & 0o077 == 0
    everything = "".join(path.read_text(encoding="utf-8") for path in (ended.folder / "facts").glob("*.json"))
    assert SHOWN in everything, "nothing that was planted came by, so nothing is proven"
    assert ANSWERED not in everything
    return ended


@pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["serial", "parallel"])
def test_no_secret_is_seen(words: tuple[str, ...], leaky: Leaky, tmp_path: Path) -> None:
    ended = leaking(leaky, tmp_path / "run", "-k", SOME, *words, crash="test_login_works")
    statuses = ended.statuses()
    assert len(statuses) > 60, ended.said[-2000:]
    assert {statuses["SEC-WEB-11"], statuses["SEC-WEB-13"]} == {"FAIL"}


@pytest.mark.proof
@pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["serial", "parallel"])
def test_no_secret_is_seen_in_a_whole_run(words: tuple[str, ...], leaky: Leaky, tmp_path: Path) -> None:
    ended = leaking(leaky, tmp_path / "run", "--allow=writes,disrupts", *words, timeout_s=500)
    assert len(ended.record["items"]) == 350
    assert len(ended.statuses()) > 280, ended.said[-2000:]


def test_doctor_tells_none(leaky: Leaky, tmp_path: Path) -> None:
    target = leaky.folder / "target.toml"
    ended = subprocess.run(
        [sys.executable, "-m", "acceptance.cli", "doctor", f"--target={target}"], cwd=tmp_path, timeout=120, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, **leaky.environment, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(tmp_path / "state")},
    )  # fmt: skip
    assert "350" in ended.stdout, ended.stdout
    assert leaks(tmp_path, ended.stdout, leaky.secrets(), target.read_text(encoding="utf-8")) == []


def test_a_crash_of_pytest_itself_tells_nothing(leaky: Leaky, tmp_path: Path) -> None:
    ended = leaking(leaky, tmp_path / "run", "-k", "FUNC-API-04", crash="pytest")
    assert "INTERNALERROR" in ended.said
    assert ended.record["complete"] is False


def test_a_part_goes_out_wherever_it_was_cut_and_less_than_a_part_stays() -> None:
    secret = secrets.token_urlsafe(24)
    redact = Redactor([secret, f"mongodb://reader:{secret[::-1]}@db.example.com:27017/?tls=true"], "public-words-of-it")
    for before in range(PART):
        for length in (PART, PART + 1, len(secret) - 1):
            text = "?" * before + secret[1 : 1 + length] + "!"
            assert redact(text) == "?" * before + SHOWN + "!"
    assert redact(secret[: PART - 1]) == secret[: PART - 1]
    assert redact(f"a {secret[::-1][:PART]} b") == f"a {SHOWN} b"  # the password of a URL stands alone
    assert redact("db.example.com:27017/?tls=true") == "db.example.com:27017/?tls=true"
    assert PART == 2 * HALF


SECRETS = [*planted().values(), "Grüße/an+alle&\"jeden' \\ \U0001f510=geheim", "pa%41ss\\u0041word&amp;'of'no"]


@pytest.mark.parametrize("secret", SECRETS, ids=range(len(SECRETS)))
def test_every_spelling_of_every_part_goes_out(secret: str) -> None:
    redact, sought = Redactor([secret]), Sought([secret])
    for text in (*whole(secret), *sorted(pieces(secret))):
        for around in ("{}", "a=1&b={}&c=2", "<p title='{}'>"):
            assert sought.within(redact(around.format(text))) == [], text


PLAIN = [
    write for name, write in CHARACTERS.items() if name not in ("hex", "hex-capital", "json-in-json", "html-of-url")
]


@pytest.mark.parametrize("first", PLAIN, ids=range(len(PLAIN)))
def test_one_notation_in_another_goes_out(first: Callable[[str], str]) -> None:
    secret = SECRETS[1]
    redact = Redactor([secret])
    for second in PLAIN:
        told = redact("x=" + "".join(map(second, "".join(map(first, secret)))) + "&y")
        for at in range(len(secret) - PART + 1):
            assert "".join(map(second, "".join(map(first, secret[at : at + PART])))) not in told


@pytest.mark.parametrize("write", [name for name in CHARACTERS if name != "raw"])
def test_what_stands_around_a_spelling_stays(write: str) -> None:
    redact = Redactor(["a secret: 'Zürich' & \"Bern\" / 17\\23"])
    others = "".join(map(CHARACTERS[write], "No se&cret \"here\", 'nor' \\ there/ä"))
    assert redact(others) == others
