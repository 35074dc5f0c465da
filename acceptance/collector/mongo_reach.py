"""Whether MongoDB's members answer a hello from inside each service's own network."""

from __future__ import annotations

from acceptance.collector.base import attempt, section
from acceptance.collector.docker import project_containers
from acceptance.collector.inside import ask_inside, running_container

HELLO = r"""
import ssl
document = b"\x10hello\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00"
document = struct.pack("<i", len(document) + 4) + document
question = struct.pack("<iiiiI", 21 + len(document), 1, 0, 2013, 0) + b"\x00" + document
def hello(host, port, tls):
    link = socket.create_connection((host, port), 2)
    try:
        link.settimeout(3)
        if tls:
            link = ssl._create_unverified_context().wrap_socket(link)  # whom it is, is judged elsewhere
            link.settimeout(0.3)
            try:
                link.recv(1)  # TLS 1.3 refuses a client without a certificate after the handshake
            except socket.timeout:
                pass
            link.settimeout(3)
        link.sendall(question)
        got = b""
        while len(got) < 4 or len(got) < struct.unpack("<i", got[:4])[0] < 200000:
            more = link.recv(65536)
            if not more:
                raise OSError("the connection ended after %d bytes" % len(got))
            got += more
        if b"\x01ok\x00" + struct.pack("<d", 1.0) not in got:
            raise OSError("no answer of MongoDB")
    finally:
        link.close()
def why(host, port):
    try:
        hello(host, port, True)
        return ""
    except ssl.SSLError as problem:
        if "ALERT" in str(problem).upper():
            return {"what": "a hello from the service's network", "why": "the member refuses TLS without a certificate"}
    except ConnectionResetError:
        pass
    hello(host, port, False)
    return ""
out = []
for place in ask["places"]:
    name, _, port = place.rpartition(":")
    try:
        out.append(why(resolve(name), int(port)))
    except Exception as problem:
        out.append(("%s: %s" % (type(problem).__name__, problem))[:200] or "no answer")
print(json.dumps(out))
"""


@section("mongo_reach")
def look_at_mongo_reach(request):
    """Facts by service: each member with "" where it answered, else why not."""
    containers = attempt("Docker's containers", project_containers, request["project"])
    if not isinstance(containers, list):
        return containers
    return {
        service: attempt(f"MongoDB from {service}", ask_from, containers, service, places)
        for service, places in request["mongo_places"].items()
    }


def ask_from(containers, service, places):
    """Every place, from the network of the service's container."""
    answers = ask_inside(running_container(containers, service), HELLO, {"places": places}, 15.0)
    return [{"member": place, "why": why} for place, why in zip(places, answers)]
