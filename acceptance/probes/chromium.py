"""Chromium for a probe: found, started without background traffic, trusting exactly what the target trusts."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from acceptance.facts import ProbeError, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

FLAGS = (
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--disable-domain-reliability", "--disable-sync", "--no-first-run", "--no-default-browser-check",
    "--metrics-recording-only", "--disable-features=OptimizationHints,MediaRouter,Translate", "--mute-audio",
    "--disable-blink-features=SharedWorker",  # no hook sees what such a worker sends
)  # fmt: skip
SYSTEM = ("/usr/bin/chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def chromium(visit: Visit) -> Iterator[Browser]:
    """A browser that resolves only the target's names; it is gone when the probe is done."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        program = executable(visit, playwright)
        home = _home(visit)
        try:
            browser = playwright.chromium.launch(
                executable_path=program,
                args=[*FLAGS, f"--host-resolver-rules={resolver_rules(visit)}"],
                env={**os.environ, "HOME": str(home)},
                traces_dir=home,  # what it records holds secrets, until it is scrubbed
                timeout=visit.time_left_s(20) * 1000,
            )
        except Error as problem:
            raise ProbeError("a browser", f"{program} does not start: {text(problem.message, 200)}") from problem
        try:
            yield browser
        finally:
            browser.close()
            shutil.rmtree(home, ignore_errors=True)


def executable(visit: Visit, playwright: Playwright) -> str:
    """The target's Chromium, the environment's, Playwright's own, the system's: the first that is there."""
    table = visit.target.browser
    named = (table.executable if table else "") or os.environ.get("ACCEPTANCE_CHROMIUM", "")
    for candidate in (named,) if named else (playwright.chromium.executable_path, *SYSTEM):
        if found := shutil.which(candidate):
            return found
    looked = named or f"Playwright's own, {', '.join(SYSTEM)}"
    raise ProbeError("a browser", f"no Chromium found ({looked}); install one or set [browser] executable")


def resolver_rules(visit: Visit) -> str:
    """Names of `[resolve]` go to their address, hosts of `[urls]` resolve as usual, nothing else resolves."""
    target = visit.target
    urls = (target.urls.base, target.urls.plain, target.urls.api, target.urls.ws, target.urls.dashboard)
    hosts = {urlsplit(url).hostname or "" for url in urls} | set(target.browser.hosts if target.browser else ())
    mapped = [f"MAP {host} {_bracketed(addresses[0])}" for host, addresses in sorted(target.resolve.items())]
    free = sorted(hosts - set(target.resolve) - {""})
    return ", ".join([*mapped, "MAP * ~NOTFOUND", *(f"EXCLUDE {host}" for host in free)])


def in_scope(visit: Visit, url: str) -> bool:
    """Whether the browser may fetch it at all."""
    rules = resolver_rules(visit)
    host = urlsplit(url).hostname or ""
    return not host or f"MAP {host} " in rules or f"EXCLUDE {host}" in rules.split(", ")


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _home(visit: Visit) -> Path:
    """A throw-away home with an NSS store that trusts the target's private CA, where it names one."""
    import tempfile

    home = Path(tempfile.mkdtemp(prefix="browser-", dir=visit.live))
    if not (ca_file := visit.target.trust.ca_file):
        return home
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for arguments in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "target-ca", "-i", ca_file]):
        try:
            subprocess.run(
                ["certutil", "-d", f"sql:{store}", *arguments],
                check=True,
                capture_output=True,
                timeout=visit.time_left_s(10),
            )
        except FileNotFoundError:
            raise ProbeError("trust in the private CA", "certutil is missing (package libnss3-tools)") from None
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
            raise ProbeError(
                "trust in the private CA", f"certutil failed on {ca_file}: {type(problem).__name__}"
            ) from None
    return home
