"""Services asked in their own protocols: HTTP, MongoDB's hello, Redis' PING, AMQP's handshake."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import struct
import time

from acceptance.collector.base import Blind, read, section
from acceptance.collector.docker import docker_json
from acceptance.collector.dotenv import parse_dotenv

ANSWER_LIMIT = 200_000
UNWELL = (
    "unhealthy", "down", "error", "fail", "failed", "failing", "degraded", "critical", "unavailable", "stopped", "starting",
    "not ready", "not_ready", "out_of_service",
)  # fmt: skip


@section("services")
def look_at_services(request):
    """Facts `Answer` of each service that this host is asked for. Passwords are read here and stay here."""
    environment = {}
    path = os.path.join(request["deploy_dir"], request["env_file"])
    if any(s["password"] for s in request["services"]):
        environment = parse_dotenv(read(path, root=True))
    answers = []
    for service in request["services"]:
        password = environment.get(service["password"], "") if service["password"] else ""
        answers.append(ask(service, password))
    return answers


def ask(service, password):
    """One service asked: a dict that fits facts `Answer`."""
    began = time.time()
    answer = {
        "service": service["name"],
        "ok": False,
        "said": "",
        "open_to_strangers": False,
        "reports": {},
        "at": began,
    }
    try:
        host, port = place_of(service)
        context = ssl._create_unverified_context() if service["tls"] else None  # identity is judged elsewhere
        answer.update(PROTOCOLS[service["kind"]](service, host, port, context, password))
    except (OSError, ValueError, IndexError, struct.error, http.client.HTTPException, Blind) as problem:
        answer["said"] = (f"{type(problem).__name__}: {problem}")[:200]
    return answer


def place_of(service):
    """Host and port; a service that names a container is asked at the container's own address."""
    host, _, port = service["address"].rpartition(":")
    if service["container"]:
        networks = docker_json("/containers/{}/json".format(service["container"]))["NetworkSettings"]["Networks"]
        host = next((n["IPAddress"] for n in networks.values() if n.get("IPAddress")), "")
        if not host:
            raise Blind("container {} has no address".format(service["container"]))
    return host.strip("[]"), int(port)


def connected(host, port, context):
    """A socket with time-outs, in TLS where there is a context."""
    link = socket.create_connection((host, port), 3.0)
    return context.wrap_socket(link) if context else link


def ask_http(service, host, port, context, password):
    """Health at its path, and what its report says of its own mode."""
    status, body = get(host, port, context, service["path"])
    wrong = unwell(body) if status == 200 else ""
    found = {"ok": status == 200 and not wrong, "said": ("HTTP %d %s" % (status, wrong)).strip(), "reports": {}}
    if service["reports"]:
        status, body = get(host, port, context, service["report_path"])
        document = json.loads(body) if status == 200 else {}
        for name, place in service["reports"].items() if status == 200 else ():
            value = document
            for part in place.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            found["reports"][name] = json.dumps(value)[:100]
    return found


def unwell(body):
    """What a health report says against its own service; "" for nothing, or where it is no JSON object."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    parts = [document, document.get("data")] if isinstance(document, dict) else []
    for part in (part for part in parts if isinstance(part, dict)):
        for name in ("status", "health", "healthy", "ok", "success"):
            value = part.get(name)
            if value is False or (isinstance(value, str) and value.lower() in UNWELL):
                return ("%s: %s" % (name, value))[:60]
    return ""


def get(host, port, context, path):
    """Status and bounded body of a GET."""
    if context:
        link = http.client.HTTPSConnection(host, port, timeout=3.0, context=context)
    else:
        link = http.client.HTTPConnection(host, port, timeout=3.0)
    try:
        link.request("GET", path, headers={"User-Agent": "acceptance"})
        answer = link.getresponse()
        return answer.status, answer.read(ANSWER_LIMIT)
    finally:
        link.close()


def ask_redis(service, host, port, context, password):
    """PING without and with the password."""
    with connected(host, port, context) as link:
        talk = link.makefile("rwb")

        def say(*words):
            talk.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
            talk.flush()
            return talk.readline(300).decode("utf-8", "replace").strip()

        stranger = say(b"PING")
        said = stranger
        if password and stranger != "+PONG":
            granted = say(b"AUTH", password.encode())
            said = say(b"PING") if granted == "+OK" else granted
    return {"ok": said == "+PONG", "said": said[:100], "open_to_strangers": stranger == "+PONG"}


def ask_amqp(service, host, port, context, password):
    """The protocol header is answered by Connection.Start (class 10, method 10)."""
    with connected(host, port, context) as link:
        link.sendall(b"AMQP\x00\x00\x09\x01")
        start = exactly(link, 11)
    ok = start[0] == 1 and struct.unpack(">HH", start[7:11]) == (10, 10)
    return {"ok": ok, "said": "Connection.Start" if ok else repr(start)[:100]}


def ask_mongo(service, host, port, context, password):
    """`hello` by OP_MSG: a primary or secondary that says ok."""
    document = b"\x10hello\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00"
    document = struct.pack("<i", len(document) + 4) + document
    body = struct.pack("<iiiiI", 21 + len(document), 1, 0, 2013, 0) + b"\x00" + document
    with connected(host, port, context) as link:
        link.sendall(body)
        size = struct.unpack("<i", exactly(link, 4))[0]
        if not 21 < size < ANSWER_LIMIT:
            raise ValueError("an answer of %d bytes" % size)
        rest = exactly(link, size - 4)
    well = b"\x01ok\x00" + struct.pack("<d", 1.0) in rest
    state = [w for w in ("isWritablePrimary", "secondary") if b"\x08" + w.encode() + b"\x00\x01" in rest]
    return {"ok": well and bool(state), "said": "hello: %s" % (state[0] if state else "neither primary nor secondary")}


def exactly(link, size):
    """So many bytes, or OSError when the other side ends before."""
    got = b""
    while len(got) < size:
        more = link.recv(min(65536, size - len(got)))
        if not more:
            raise OSError("the connection ended after %d of %d bytes" % (len(got), size))
        got += more
    return got


PROTOCOLS = {"http": ask_http, "redis": ask_redis, "amqp": ask_amqp, "mongo": ask_mongo}
