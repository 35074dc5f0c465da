"""TLS for a connection that one thread reads while another writes: OpenSSL takes one of them at a time.

The client of `websockets` does both at once. A session ticket wakes its reader, whose blocking read then holds the TLS
state while the upgrade is written; now and then that write is lost, and a healthy server looks as if it never answered.
"""

from __future__ import annotations

import select
import ssl
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class DuplexSocket(ssl.SSLSocket):
    """Never waits inside OpenSSL: it waits for the socket, then takes its turn."""

    _patience_s: float | None = None
    _shaken = False

    def do_handshake(self, block: bool = False) -> None:
        """Blocking, within the socket's time-out; no other thread has the socket yet."""
        super().do_handshake(block)
        self._turn = threading.Lock()
        self._shaken = True
        super().settimeout(0.0)

    def settimeout(self, value: float | None) -> None:
        """How long one read or write may wait; None for ever."""
        self._patience_s = value
        if not self._shaken:
            super().settimeout(value)

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Up to `buflen` bytes; b"" at the end. TimeoutError after the time-out."""
        if not self._shaken:  # the standard library reads once when the peer has gone already, and closes nothing
            try:
                return super().recv(buflen, flags)
            except OSError:
                self.close()
                raise
        return self._in_turn(lambda: ssl.SSLSocket.recv(self, buflen, flags))

    def send(self, data: bytes, flags: int = 0) -> int:  # type: ignore[override]  # websockets sends bytes only
        """How many bytes went out; `sendall` calls this until all did."""
        return self._in_turn(lambda: ssl.SSLSocket.send(self, data, flags))

    def _in_turn(self, act: Callable[[], T]) -> T:
        while True:
            try:
                with self._turn:
                    return act()
            except ssl.SSLWantReadError:
                ready = select.select((self,), (), (), self._patience_s)[0]
            except ssl.SSLWantWriteError:
                ready = select.select((), (self,), (), self._patience_s)[1]
            if not ready:
                raise TimeoutError("the read or write took too long")
