"""A network of one's own in which every address leads to loopback, and every destination is seen."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import struct
import subprocess
import threading

ETH_P_ALL, SO_ATTACH_FILTER = 3, 26
# takes the first packet of a TCP connection, every datagram, and whatever is neither, of what is being sent
FIRSTS = (
    (0x28, 0, 0, 0xFFFFF004),  # ldh packet type: 4 is outgoing
    (0x15, 0, 10, 4),
    (0x30, 0, 0, 0),  # ldb version
    (0x54, 0, 0, 0xF0),
    (0x15, 0, 6, 0x40),  # what is no IPv4 is taken
    (0x30, 0, 0, 9),  # ldb protocol
    (0x15, 0, 4, 6),  # what is no TCP is taken
    (0xB1, 0, 0, 0),  # ldxb 4 * header length
    (0x50, 0, 0, 13),  # ldb flags
    (0x54, 0, 0, 0x3F),
    (0x15, 0, 1, 2),  # SYN alone
    (0x06, 0, 0, 0x40000),
    (0x06, 0, 0, 0),
)
ROADS = ("link set lo up", "route add local default dev lo", "-6 route add local default dev lo")


def alone() -> list[str]:
    """The command in front of one that is to have a network of its own; no root is needed where users may have namespaces."""
    return ["unshare", "-n" if os.geteuid() == 0 else "-rn", "--"]


def why_not() -> str:
    """Why there can be no network of one's own here; "" if there can."""
    if not all(map(shutil.which, ("unshare", "ip"))):
        return "unshare or ip is not installed"
    tried = subprocess.run([*alone(), "ip", *ROADS[0].split()], capture_output=True, text=True, check=False, timeout=20)
    return tried.stderr.strip()[:200]


def lay() -> None:
    """Inside: every address of the world is this machine's."""
    for words in ROADS:
        subprocess.run(["ip", *words.split()], check=True, capture_output=True, timeout=20)


def _name(question: bytes) -> str:
    """The name that a DNS message asks for."""
    labels = []
    while question and question[0]:
        labels.append(question[1 : 1 + question[0]].decode("ascii", "replace"))
        question = question[1 + question[0] :]
    return ".".join(labels)


class Watched:
    """Addresses to which a first packet or a datagram went, and the names that were asked for on port 53."""

    def __init__(self) -> None:
        self.went: set[str] = set()
        code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in FIRSTS))
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        program = struct.pack("HP", len(FIRSTS), ctypes.addressof(code))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_000_000)
        self._socket.bind(("lo", ETH_P_ALL))
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while packet := self._socket.recv(400):
            if packet[0] >> 4 == 6:
                self.went.add(socket.inet_ntop(socket.AF_INET6, packet[24:40]))
            elif packet[9] == socket.IPPROTO_UDP and packet[22:24] == b"\0\x35":  # a name is asked for
                self.went.add(f"{socket.inet_ntoa(packet[16:20])} for {_name(packet[40:])}")
            elif not (packet[9] == socket.IPPROTO_ICMP and packet[(packet[0] & 15) * 4] == 3):  # "nobody listens there"
                self.went.add(socket.inet_ntoa(packet[16:20]))
