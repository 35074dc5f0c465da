"""git's command line on somebody else's clone: no hooks, no prompts, no network, every call with a time-out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from acceptance.facts import ProbeError, text

OUTPUT_LIMIT = 200_000_000
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "safe.directory=*")
ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C.UTF-8",
}


class Git:
    """A clone. `patience_s` gives the time-out of the next call."""

    def __init__(self, folder: Path, patience_s: Callable[[], float]) -> None:
        self.folder, self.patience_s = folder, patience_s
        if not folder.is_dir():
            raise ProbeError("the repository", f"there is no folder {folder}")

    def command(self, *words: str) -> list[str]:
        """The words of a call, with what makes it safe."""
        return ["git", *_SAFE, "-C", str(self.folder), *words]

    @staticmethod
    def environment(**more: str) -> dict[str, str]:
        """The environment of a call: the user's own settings don't count."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        return {**kept, **ENVIRONMENT, **more}

    def run(self, *words: str, stdin: bytes | None = None, **environment: str) -> tuple[int, bytes, str]:
        """Exit code, output and complaint of a call. ProbeError when there is no git or it takes too long."""
        try:
            done = subprocess.run(
                self.command(*words),
                input=stdin if stdin is not None else b"",
                capture_output=True,
                timeout=self.patience_s(),
                env=self.environment(**environment),
                check=False,
            )
        except FileNotFoundError:
            raise ProbeError(f"git {words[0]}", "git is not installed") from None
        except subprocess.TimeoutExpired:
            raise ProbeError(f"git {words[0]}", "took too long") from None
        if len(done.stdout) > OUTPUT_LIMIT:
            raise ProbeError(f"git {words[0]}", "printed far too much")
        return done.returncode, done.stdout, text(done.stderr, 300).strip()

    def ask(self, *words: str, stdin: bytes | None = None, **environment: str) -> str:
        """The output of a call that must succeed."""
        code, out, complaint = self.run(*words, stdin=stdin, **environment)
        if code:
            raise ProbeError(f"git {words[0]}", complaint or f"ended with {code}")
        return out.decode("utf-8", "replace")

    def lines(self, *words: str) -> list[str]:
        """The output's lines, NUL-separated where the call has -z."""
        out = self.ask(*words)
        return [line for line in (out.split("\0") if "-z" in words else out.splitlines()) if line]

    def file(self, commit: str, path: str) -> str | None:
        """A text file of a commit; None when it isn't there."""
        code, out, _ = self.run("cat-file", "blob", f"{commit}:{path}")
        return None if code else out.decode("utf-8", "replace")

    def commit_of(self, name: str) -> str:
        """The commit that a tag or branch stands for; "" when there is none."""
        code, out, _ = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return "" if code else out.decode().strip()

    def incomplete(self) -> str:
        """Why the clone does not hold the whole history; "" when it does."""
        if self.ask("rev-parse", "--is-shallow-repository").strip() == "true":
            return "the clone is shallow; run git fetch --unshallow"
        code, out, _ = self.run("config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.promisor)$")
        return "the clone is partial; clone it again without --filter" if not code and out.strip() else ""
