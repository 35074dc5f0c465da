"""How long our TLS look takes beside testssl.sh, on one healthy server on loopback, and at servers that misbehave.

Needs testssl.sh (Debian: testssl.sh).
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from acceptance.facts import ProbeError
from acceptance.probes import tls
from acceptance.sandbox.certificates import server_context
from acceptance.sandbox.world import World
from acceptance.visit import Visit
from selftests.bench.figures import Figure, NotMeasured
from selftests.tls_cases import visit
from selftests.tls_servers import drip, heard, https, listening, reset, stall, tires

TESTSSL_S = 900
BAD_HOST_S = 20.0


def measure() -> list[Figure]:
    """Both times; ours may be a tenth of theirs, and bad servers must not hold us up."""
    program = shutil.which("testssl") or shutil.which("testssl.sh")
    if not program:
        raise NotMeasured("testssl.sh is not installed")
    with tempfile.TemporaryDirectory() as name, listening() as start:
        folder = Path(name)
        world = World(folder)
        host = world.names[0]
        context = server_context(world, *world.names)
        port = start(https(context))
        ours = _look(visit(port, world.ca_file, folder, host))
        began = time.monotonic()
        done = subprocess.run(
            [program, "--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1", f"https://{host}:{port}/"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TESTSSL_S, check=False,
        )  # fmt: skip
        theirs = time.monotonic() - began
        bad = {
            "drips": heard(drip),
            "stalls": heard(stall),
            "resets": heard(reset),
            "goes silent later": tires(context),
        }
        slowest = {what: _look(visit(start(behave), world.ca_file, folder, host)) for what, behave in bad.items()}
    if "Testing protocols" not in done.stdout or "Testing vulnerabilities" not in done.stdout:
        raise NotMeasured(
            f"testssl.sh did not scan (exit {done.returncode}): {done.stdout[-100:]} {done.stderr[-100:]}"
        )
    return [
        Figure("TLS scan", ours, "s"),
        Figure("TLS scan by testssl.sh", theirs, "s"),
        Figure("TLS scan, of testssl.sh's time", 100 * ours / theirs, "%", 10.0),
        *(Figure(f"TLS scan of a host that {what}", took, "s", BAD_HOST_S) for what, took in slowest.items()),
    ]


def _look(at: Visit) -> float:
    """Seconds that a look takes; that it sees nothing at a bad server is what the self-tests check."""
    began = time.monotonic()
    with suppress(ProbeError):
        tls.look(at)
    return time.monotonic() - began
