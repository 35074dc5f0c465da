"""Doubles of MongoDB's, Redis' and RabbitMQ's front doors: as much of each protocol as proves that it answers."""

from __future__ import annotations

import socketserver
import struct
import threading
from typing import Any

from acceptance.sandbox.world import World

REDIS_PASSWORD = "sandbox-redis-5Tq8vLw2"  # noqa: S105  # of a double on loopback
HELLO = b"\x08isWritablePrimary\x00\x01\x01ok\x00" + struct.pack("<d", 1.0) + b"\x00"


def start(world: World) -> dict[str, str]:
    """Start the three; returns name -> address."""

    class Redis(socketserver.StreamRequestHandler):
        timeout = 10

        def handle(self) -> None:
            granted = world.on("redis-without-password")
            while words := self._words():
                if words[0].upper() == b"AUTH":
                    granted = words[-1].decode() == REDIS_PASSWORD
                    self.wfile.write(b"+OK\r\n" if granted else b"-WRONGPASS invalid username-password pair\r\n")
                elif world.on("redis-loading"):
                    self.wfile.write(b"-LOADING Redis is loading the dataset in memory\r\n")
                elif not granted:
                    self.wfile.write(b"-NOAUTH Authentication required.\r\n")
                else:
                    self.wfile.write(b"+PONG\r\n" if words[0].upper() == b"PING" else b"-ERR unknown command\r\n")

        def _words(self) -> list[bytes]:
            if not (line := self.rfile.readline(100)).startswith(b"*"):
                return []
            words = []
            for _ in range(min(10, int(line[1:]))):
                size = min(1000, int(self.rfile.readline(100)[1:]))
                words.append(self.rfile.read(size + 2)[:-2])
            return words

    class Rabbit(socketserver.StreamRequestHandler):
        timeout = 10

        def handle(self) -> None:
            if self.rfile.read(8) == b"AMQP\x00\x00\x09\x01" and not world.on("rabbitmq-hangs-up"):
                method = struct.pack(">HHBB", 10, 10, 0, 9) + struct.pack(">I", 0) * 3
                self.wfile.write(b"\x01\x00\x00" + struct.pack(">I", len(method)) + method + b"\xce")

    class Mongo(socketserver.StreamRequestHandler):
        timeout = 10

        def handle(self) -> None:
            size = struct.unpack("<i", self.rfile.read(4))[0]
            self.rfile.read(min(size, 100_000) - 4)
            elements = HELLO.replace(b"\x00\x01\x01ok", b"\x00\x00\x01ok") if world.on("mongodb-recovering") else HELLO
            document = struct.pack("<i", len(elements) + 4) + elements
            self.wfile.write(struct.pack("<iiiiI", 21 + len(document), 2, 1, 2013, 0) + b"\x00" + document)

    return {"redis": serve(Redis), "rabbitmq": serve(Rabbit), "mongodb": serve(Mongo)}


def serve(handler: type[socketserver.StreamRequestHandler]) -> str:
    """Listen on loopback in a thread; returns the address."""

    class Quiet(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        request_queue_size = 512  # a scan knocks often

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that goes away is no news."""

    server = Quiet(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"127.0.0.1:{server.server_address[1]}"
