"""How long our TLS look takes beside testssl.sh, on one healthy server on loopback.

Needs testssl.sh (Debian: testssl.sh).
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from acceptance.probes import tls
from acceptance.sandbox.certificates import server_context
from acceptance.sandbox.world import World
from selftests.bench.figures import Figure, NotMeasured
from selftests.tls_cases import visit
from selftests.tls_servers import https, listening

TESTSSL_S = 900


def measure() -> list[Figure]:
    """Both times; ours may be a tenth of theirs."""
    program = shutil.which("testssl") or shutil.which("testssl.sh")
    if not program:
        raise NotMeasured("testssl.sh is not installed")
    with tempfile.TemporaryDirectory() as name, listening() as start:
        world = World(Path(name))
        host = world.names[0]
        port = start(https(server_context(world, *world.names)))
        began = time.monotonic()
        tls.look(visit(port, world.ca_file, Path(name), host))
        ours = time.monotonic() - began
        began = time.monotonic()
        done = subprocess.run(
            [program, "--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1", f"https://{host}:{port}/"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TESTSSL_S, check=False,
        )  # fmt: skip
        theirs = time.monotonic() - began
    if "Testing protocols" not in done.stdout or "Testing vulnerabilities" not in done.stdout:
        raise NotMeasured(
            f"testssl.sh did not scan (exit {done.returncode}): {done.stdout[-100:]} {done.stderr[-100:]}"
        )
    return [
        Figure("TLS scan", ours, "s"),
        Figure("TLS scan by testssl.sh", theirs, "s"),
        Figure("TLS scan, of testssl.sh's time", 100 * ours / theirs, "%", 10.0),
    ]
