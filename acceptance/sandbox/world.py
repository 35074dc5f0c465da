"""The world that all parts of the sandbox share: faults that are on, certificates, secrets, users, the request log."""

from __future__ import annotations

import os
import ssl
import threading
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import trustme


class World:
    """One sandbox. `now` is the moment in which it was started; all that is "recent" is built from it."""

    version = "2.4.0"
    previous = "2.3.0"
    commit = "4f1c2d9a7be04c1f8f3f7a1d2f6c9b8e5a7d3c21"
    services = ("rust-core-engine", "python-ai-service", "nextjs-ui-dashboard", "mongodb", "redis", "rabbitmq")
    names = ("app.sandbox.test", "api.sandbox.test")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = datetime.now(UTC)
        self.started = self.now - timedelta(minutes=20)
        self.faults: set[str] = set()
        self.shared: dict[str, Any] = {}  # what parts tell each other, by name
        self.log_path = folder / "requests.log"
        self._log_lock = threading.Lock()

    def on(self, fault: str) -> bool:
        """Whether a fault is on now."""
        return fault in self.faults

    @cached_property
    def ca(self) -> trustme.CA:
        """The throw-away root that the target names as its private CA."""
        import trustme

        return trustme.CA(organization_name="Sandbox")

    @cached_property
    def ca_file(self) -> Path:
        """The root's certificate as PEM."""
        path = self.folder / "ca.pem"
        self.ca.cert_pem.write_to_path(path)
        return path

    def certificate(self, *names: str) -> tuple[Path, Path]:
        """Chain and key files of a fresh certificate for the names."""
        issued = self.ca.issue_cert(*names)
        stem = self.folder / names[0]
        chain, key = stem.with_suffix(".chain.pem"), stem.with_suffix(".key.pem")
        chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        key.touch(0o600)
        issued.private_key_pem.write_to_path(key)
        return chain, key

    def server_context(self, *names: str) -> ssl.SSLContext:
        """A plain good TLS server context for the names."""
        chain, key = self.certificate(*names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(chain, key)
        return context

    def secret(self, name: str, value: str) -> str:
        """Lay a secret into a file of its own, mode 600; returns the reference for `[credentials]`."""
        folder = self.folder / "secrets"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / name
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(value)
        return f"file:{path}"

    def log(self, line: str) -> None:
        """Append to the sandbox's request log, which proves what the suite did."""
        with self._log_lock, self.log_path.open("a", encoding="utf-8") as out:
            out.write(line + "\n")
