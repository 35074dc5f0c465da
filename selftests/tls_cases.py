"""TLS servers of the oracle's cases, and others of the same form: made, served on loopback, scanned by our probe."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
import warnings
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType
from typing import Any

from acceptance.probes import tls
from acceptance.target import Target
from acceptance.visit import Visit

FOLDER = Path(os.environ.get("ORACLES", "../shared/oracles")) / "tls"
ALL_S = 280.0  # for all cases together
HOST = "site.oracle.test"


def visit(port: int, ca_file: Path | None, folder: Path, host: str = HOST, addresses: tuple[str, ...] = ()) -> Visit:
    """A visit to one TLS server on loopback."""
    base = f"https://{host}:{port}"
    target = Target.model_validate(
        {
            "name": "oracle",
            "urls": {
                "base": base,
                "plain": f"http://{host}",
                "api": base,
                "ws": base.replace("https", "wss"),
                "dashboard": base,
            },
            "resolve": {host: addresses or ("127.0.0.1",)},
            "trust": {"ca_file": str(ca_file) if ca_file else None},
        }
    )
    return Visit(
        target=target,
        now=datetime.now(UTC),
        run=folder,
        live=folder,
        state=folder,
        marker="acceptance-selftest",
        ends=time.monotonic() + 60,
    )


def scan(cases: list[dict[str, Any]], defaults: dict[str, Any]) -> dict[str, tls.Tls | str]:
    """Our probe's facts of every case, several at a time; a text where it could not look."""
    work = Path(mkdtemp(prefix="tls-cases-"))
    with ProcessPoolExecutor(max_workers=4, mp_context=get_context("spawn")) as pool:
        waiting = {case["name"]: pool.submit(_scan_one, case, defaults, work) for case in cases}
        ends = time.monotonic() + ALL_S
        return {name: _in_time(future, ends) for name, future in waiting.items()}


def _in_time(future: Future[tls.Tls | str], ends: float) -> tls.Tls | str:
    """What a case gave; a text for one that is late, so that the others still count."""
    try:
        return future.result(timeout=max(0.0, ends - time.monotonic()))
    except TimeoutError:
        future.cancel()
        return f"no result within {ALL_S:.0f} s of the first"


def _scan_one(case: dict[str, Any], defaults: dict[str, Any], work: Path) -> tls.Tls | str:
    warnings.simplefilter("ignore")
    knobs = {**defaults, **case["knobs"]}
    folder = work / case["name"]
    try:
        pki = _module("pki").Pki(work / f"pki-{os.getpid()}")
        pairs, ca_file = _certificates(pki, knobs)
        dh = pki.dhparam(knobs["dh_bits"]) if knobs["dh_bits"] else None
        with _module("servers").serving(knobs, pairs, dh, folder) as port:
            return tls.look(visit(port, ca_file, folder))
    except Exception as problem:  # noqa: BLE001  # shown by the test that compares
        return f"{type(problem).__name__}: {problem} {getattr(problem, 'stderr', '') or ''}"


def _module(name: str) -> ModuleType:
    """A module of the oracle's folder, which is no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, FOLDER.resolve() / f"{name}.py")
        assert spec
        assert spec.loader
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def _certificates(pki: Any, knobs: dict[str, Any]) -> tuple[list[tuple[Path, Path]], Path]:
    """Chain and key files as the knobs want them, and a CA file that knows root and intermediates."""
    known, unknown = (_authorities(pki, knobs, kind) for kind in ("trusted", "unknown"))
    ca_file = pki.dir / "known.pem"
    ca_file.write_text(known["root"][0].read_text() + known["intermediate"][0].read_text())
    authorities = unknown if knobs["issuer"] == "unknown" else known
    pairs = []
    for number, kind in enumerate(knobs["keys"]):
        key = pki.key(kind, "leaf")
        issuer = None if knobs["issuer"] == "self" else authorities["intermediate"]
        stem = f"leaf-{time.monotonic_ns()}-{number}"
        leaf = pki.leaf(stem, knobs["cn"], knobs["sans"], key, issuer, knobs["digest"], tuple(knobs["days"]))
        files = {"leaf": leaf, "intermediate": authorities["intermediate"][0], "root": authorities["root"][0]}
        chain = pki.dir / f"{stem}.chain.pem"
        chain.write_text("".join(files[part].read_text() for part in knobs["chain"]))
        pairs.append((chain, key))
    return pairs, ca_file


def _authorities(pki: Any, knobs: dict[str, Any], kind: str) -> dict[str, tuple[Path, Path]]:
    digest = knobs["intermediate_digest"]
    root = pki.dir / f"root-{kind}.pem"
    key = pki.dir / f"root-{kind}.rsa2048.key"
    made = (root, key) if root.exists() else pki.ca(f"root-{kind}", f"Oracle Root {kind}")
    name = f"intermediate-{kind}-{digest}"
    return {"root": made, "intermediate": pki.ca(name, f"Oracle Intermediate {kind} {digest}", made, digest)}
