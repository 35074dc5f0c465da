"""How the suite talks to MongoDB: bounded in time, guarded, one member at a time, and why something was not seen."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any, TypeAlias

from acceptance.facts import ProbeError, Unseen, text
from acceptance.visit import Visit

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    from acceptance.tables.mongo import Mongo as Table

Client: TypeAlias = "MongoClient[dict[str, Any]]"
CORE = ("users", "trades", "strategies", "portfolios")  # named by the checklist; a target may map, never drop them
UNAUTHORIZED, AUTHENTICATION_FAILED, NOT_FOUND = 13, 18, 26
EXTERNAL = ("MONGODB-X509", "MONGODB-AWS", "GSSAPI", "PLAIN")  # who it is, is known outside of the database
NOT_OFFERED = (59, 115, 238, 8000)  # CommandNotFound, CommandNotSupported, NotImplemented, Atlas' own
REFUSED = (UNAUTHORIZED, AUTHENTICATION_FAILED, 8000)
HELLO = bytes.fromhex(  # OP_MSG {hello: 1, $db: "admin"}
    "340000000100000000000000dd07000000000000001f0000001068656c6c6f000100000002246462000600000061646d696e0000"
)
ANSWERS_HELLO = bytes.fromhex("01000000dd070000")  # responseTo and opcode of the answer
ALERT = b"\x15"  # first byte of a TLS record


def table(visit: Visit) -> Table:
    """The target's [mongo]; ProbeError when nothing is granted."""
    if visit.target.mongo is None:
        raise ProbeError("MongoDB", "the target has no [mongo]")
    return visit.target.mongo


def connect(visit: Visit, member: str, credential: str = "", **options: Any) -> Client:
    """A client for exactly one member, or for the set with `replicaSet`. No credential: a stranger."""
    import pymongo

    from acceptance import guard_mongo

    table(visit)
    left_ms = int(visit.time_left_s(4) * 1000)
    chosen: dict[str, Any] = {
        "tls": True, "appname": visit.marker[:100], "serverSelectionTimeoutMS": left_ms, "connectTimeoutMS": left_ms,
        "socketTimeoutMS": int(visit.time_left_s(8) * 1000), "retryReads": False, "maxPoolSize": 8,
        "event_listeners": [guard_mongo.listener()], "tz_aware": True,
    }  # fmt: skip
    if credential:
        chosen |= login(visit, credential)
    if chosen["tls"]:
        chosen |= trust(visit)
    if "replicaSet" not in options:
        chosen["directConnection"] = True
    return pymongo.MongoClient(member.split(","), **chosen, **options)


def trust(visit: Visit) -> dict[str, str]:
    """Which authority is trusted, and the suite's own certificate."""
    known = table(visit)
    found = {
        "tlsCAFile": known.ca_file or visit.target.trust.ca_file or "",
        "tlsCertificateKeyFile": known.certificate_key_file,
    }
    return {name: value for name, value in found.items() if value}


def login(visit: Visit, credential: str) -> dict[str, Any]:
    """How a credential's URI logs in, as a client's options. ProbeError where it is none."""
    from pymongo import uri_parser
    from pymongo.errors import ConfigurationError, InvalidURI

    secret = visit.secret(credential)
    try:
        uri = uri_parser.parse_uri(secret, validate=True, warn=False, connect_timeout=visit.time_left_s(4))
    except (InvalidURI, ConfigurationError, ValueError) as problem:
        raise ProbeError(f"credential {credential}", why_no_uri(secret, problem)) from None
    given = uri["options"]
    external = given.get("authMechanism") in EXTERNAL
    found = {"authSource": "$external" if external else uri["database"] or "admin"}
    found |= {name: given[name] for name in ("authSource", "authMechanism", "tls") if name in given}
    if uri["username"]:
        found |= {"username": uri["username"], "password": uri["password"]}
    return found


def why_no_uri(secret: str, problem: Exception) -> str:
    """What is wrong with a URI, without a word of it: an SRV name must be looked up before anything else is known."""
    looked_up = type(problem.__cause__ or problem.__context__).__module__.startswith("dns.")
    if secret.startswith("mongodb+srv://") and looked_up:
        kind = type(problem.__cause__ or problem.__context__).__name__
        return f"the SRV look-up of its host failed: {kind}"
    return "its secret is no MongoDB URI"


def why(problem: PyMongoError, privilege: str = "") -> str:
    """One sentence for what the driver met, without the address lists that it repeats."""
    code = getattr(problem, "code", None)
    if code == UNAUTHORIZED:
        return f"the monitoring user lacks the privilege {privilege}" if privilege else "the user lacks the privilege"
    if code == AUTHENTICATION_FAILED:
        return "the server refuses the credentials"
    if code in NOT_OFFERED:
        return "this server does not offer the command"
    message = str(problem)
    if "certificate verify failed" in message or "CERTIFICATE" in message:
        return "its certificate is refused: " + text(message.partition("certificate verify failed: ")[2], 120)
    return f"{type(problem).__name__}: {text(message.partition(', full error')[0].partition(' (configured')[0], 160)}"


def ask(client: Client, command: dict[str, Any], privilege: str, database: str = "admin") -> dict[str, Any] | Unseen:
    """The answer to one command, or why it was not seen: a missing privilege is named."""
    from pymongo.errors import PyMongoError
    from pymongo.read_preferences import ReadPreference

    name = next(iter(command))
    try:
        return client[database].command(command, read_preference=ReadPreference.SECONDARY_PREFERRED)
    except PyMongoError as problem:
        return Unseen(f"{name} of MongoDB", why(problem, privilege))


def documents(client: Client, database: str, command: dict[str, Any], privilege: str) -> list[dict[str, Any]] | Unseen:
    """What a command with a cursor finds, at most 10,000 documents of it."""
    from pymongo.errors import PyMongoError
    from pymongo.read_preferences import ReadPreference

    name = next(iter(command))
    found: list[dict[str, Any]] = []
    try:
        chosen = client[database].with_options(read_preference=ReadPreference.SECONDARY_PREFERRED)
        for each in chosen.cursor_command(command, read_preference=ReadPreference.SECONDARY_PREFERRED):
            found.append(each)
            if len(found) >= 10_000:
                break
    except PyMongoError as problem:
        return Unseen(f"{name} of MongoDB", why(problem, privilege))
    return found


def plain_answers(visit: Visit, member: str) -> bool | Unseen:
    """Whether a client without TLS is answered by MongoDB; an alert of TLS, or nothing, is a refusal."""
    what = f"a plain connection to {member}"
    got = b""
    try:
        with socket.create_connection(address(member), timeout=visit.time_left_s(4)) as plain:
            plain.settimeout(visit.time_left_s(4))
            plain.sendall(HELLO)
            while len(got) < 16 and (more := plain.recv(16 - len(got))):
                got += more
                if got[:1] == ALERT:
                    return False
    except (ConnectionResetError, BrokenPipeError):
        if not got:
            return False
    except OSError as problem:
        return Unseen(what, text(problem, 120))
    if got[8:] == ANSWERS_HELLO:
        return True
    return Unseen(what, "it answers, and not as MongoDB does") if got else False


def address(member: str) -> tuple[str, int]:
    """Host and port, an IPv6 address without its brackets."""
    host, _, port = member.rpartition(":")
    return host.strip("[]"), int(port)


def certificate(visit: Visit, member: str) -> str | Unseen:
    """What is wrong with a member's certificate; "" when chain and name are valid."""
    host, port = address(member)
    known = table(visit)
    try:
        context = ssl.create_default_context(cafile=known.ca_file or visit.target.trust.ca_file)
        if known.certificate_key_file:
            context.load_cert_chain(known.certificate_key_file)
        with (
            socket.create_connection((host, port), timeout=visit.time_left_s(4)) as raw,
            context.wrap_socket(raw, server_hostname=host),
        ):
            return ""
    except ssl.SSLCertVerificationError as problem:
        return text(problem.verify_message, 160)
    except OSError as problem:
        return Unseen(f"the certificate of {member}", text(problem, 120))
