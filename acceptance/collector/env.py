"""The deployed .env judged where it lies: names, verdicts and length classes leave the host, never a value."""

from __future__ import annotations

import hashlib
import hmac
import math
import os
import pwd
import re
import stat
import subprocess
from urllib.parse import unquote, urlsplit

from acceptance.collector.base import ENVIRONMENT, Blind, attempt, read, run
from acceptance.collector.dotenv import parse_dotenv

OPEN = ("NODE_ENV", "LOG_LEVEL", "RUST_LOG", "BINANCE_TESTNET", "TRADING_ENABLED", "CORS_ALLOWED_ORIGINS")  # no secrets
SECRET = re.compile(r"PASSWORD|PASSWD|_PASS$|_PWD$|SECRET|TOKEN|_KEY$|API_KEY|DSN$|PRIVATE")
PUBLIC = re.compile(r"PUBLIC_KEY|_PATH$|_FILE$|_URL$|_URI$")
PLACEHOLDER = re.compile(
    r"^$|your[-_ ]|change[-_ ]?(me|this)|replace[-_ ](me|with)|generate[-_]|<[^>]*>|^x{3,}$|placeholder|(^|[-_ ])example([-_ ]|$)|^default_"
    r"|_change_me|^(admin|password|changeme|secret|test|todo|none|null)$",
    re.IGNORECASE,
)
COMMON = frozenset(
    "password passwort secret admin administrator root letmein welcome qwerty qwertyuiop asdfgh monkey dragon master login"
    " changeme default guest test user mongo mongodb redis rabbitmq grafana postgres docker botcore bitcoin binance"
    " iloveyou sunshine princess football baseball superman batman trustno abc xyz pass pwd server service".split()
)
SHAPES = {
    "BINANCE_API_KEY": r"[A-Za-z0-9]{64}",
    "BINANCE_SECRET_KEY": r"[A-Za-z0-9]{64}",
    "OPENAI_API_KEY": r"sk-[A-Za-z0-9_-]{20,}",
    "SENTRY_DSN": r"https://[0-9a-f]{32}(:[0-9a-f]{32})?@[\w.-]+(:\d+)?/(\w+/)*\d+",
    "DATADOG_API_KEY": r"[0-9a-f]{32}",
}
HISTORY_LIMIT = 300_000_000  # bytes of the repository's objects that are searched


def look_at_env(request):
    """Facts `EnvFile`."""
    path = os.path.join(request["deploy_dir"], request["env_file"])
    try:
        state = os.stat(path)
    except OSError as problem:
        raise Blind("%s: %s" % (path, problem.strerror)) from None
    text = read(path, root=True)
    values = parse_dotenv(text)
    example = parse_dotenv(attempt_text(os.path.join(request["deploy_dir"], request["env_example"])))
    secrets = {n: v for n, v in values.items() if SECRET.search(n) and not PUBLIC.search(n)}
    databases = [look_at_database(n, values[n]) for n in ("DATABASE_URL", "MONGODB_URI") if n in values]
    accounts = {}
    for name, value in values.items():
        kind, account, password = account_in(value)
        if password:
            secrets["the password in %s" % name] = password
            accounts["the password in %s" % name] = (kind, account)
    history = attempt("the repository's history", find_in_history, request["deploy_dir"], secrets)
    return {
        "path": path,
        "mode": "%o" % stat.S_IMODE(state.st_mode),
        "owner": owner_of(state.st_uid),
        "carriage_returns": "\r" in text,
        "names": sorted(values)[:300],
        "missing": sorted(set(example) - set(values))[:100] if example else unseen_example(request),
        "placeholders": sorted(
            n
            for n, v in values.items()
            if (SECRET.search(n) or v == example.get(n)) and is_placeholder(v) and (v or example.get(n))
        ),  # empty in the example too: it may stay so
        "settings": {name: values[name][:300] for name in OPEN if name in values},
        "databases": databases,
        "secrets": [look_at_secret(n, v, secrets, example, request, accounts) for n, v in sorted(secrets.items())],
        "committed": history if isinstance(history, dict) else sorted(history),
        "pair": attempt("certificate and key", look_at_pair, values),
    }


STORES = (
    ("mongodb", r"MONGO|DATABASE|DB_"), ("redis", r"REDIS|CACHE"), ("amqp", r"AMQP|RABBIT|BROKER"),
    ("postgres", r"POSTGRES|PG|DATABASE|DB_"), ("mysql", r"MYSQL|MARIADB|DATABASE|DB_"),
)  # fmt: skip


def account_in(url):
    """Kind of store, user and password of a connection string; all "" where it is none, or none of a store."""
    try:
        parts = urlsplit(url)
        kind = next((kind for kind, _ in STORES if parts.scheme.startswith(kind)), "")
        password = unquote(parts.password or "") if kind else ""
        user = unquote(parts.username or "") if kind else ""
    except ValueError:  # its words would quote the string
        return "", "", ""
    return kind, "" if (kind, user) == ("redis", "default") else user, password


def attempt_text(path):
    """A file's text, "" where it can't be read."""
    try:
        return read(path)
    except (Blind, OSError):
        return ""


def unseen_example(request):
    """Stands for the names that are missing when there is nothing to compare with."""
    return {"what": "names of the example", "why": "%s can't be read or is empty" % request["env_example"]}


def is_placeholder(value):
    """Whether a value was never filled in."""
    return bool(PLACEHOLDER.search(value))


def owner_of(number):
    """A user's name."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def look_at_database(name, value):
    """Facts `DatabaseUrl`: what of it may be told."""
    try:
        parts = urlsplit(value)
        hosts = [re.sub(r":\d+$", "", h) for h in parts.netloc.rpartition("@")[2].split(",") if h]
    except ValueError:
        return {"name": name, "parses": False, "database": "", "has_credentials": False, "local": False, "options": []}
    return {
        "name": name,
        "parses": parts.scheme in ("mongodb", "mongodb+srv") and bool(hosts),
        "database": parts.path.strip("/")[:60],
        "has_credentials": bool(parts.username and parts.password),
        "local": any(re.fullmatch(r"localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0", h, re.IGNORECASE) for h in hosts),
        "options": sorted(option.partition("=")[0][:40] for option in parts.query.split("&") if option),
    }


def look_at_secret(name, value, secrets, example, request, accounts):
    """Facts `Secret`: a verdict on one value."""
    shape = SHAPES.get(name)
    classes = sum(bool(re.search(rule, value)) for rule in (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]"))
    word = re.sub(r"[^a-z]", "", value.lower().translate(str.maketrans("0134@$5", "oieaass")))
    key = request["print_key"].encode()
    return {
        "name": name,
        "length": length_class(len(value)),
        "classes": classes,
        "random_bytes": random_bytes(value),
        "placeholder": is_placeholder(value),
        "common": word in COMMON or re.sub(r"[^a-z]", "", value.lower()) in COMMON or len(set(value)) < 5,
        "as_example": bool(value) and example.get(name) == value,
        "same_as": sorted(
            n for n, v in secrets.items() if n != name and v == value and not one_account(n, name, accounts)
        ),
        "right_shape": re.fullmatch(shape, value) is not None if shape else True,
        "print": hmac.new(key, value.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32] if value else "",
    }


def one_account(one, other, accounts):
    """Whether two names are the same account's password: of two URLs, or of a URL and the variable beside it."""
    if one in accounts and other in accounts:
        return accounts[one] == accounts[other]
    url, beside = (one, other) if one in accounts else (other, one)
    return url in accounts and re.match(dict(STORES)[accounts[url][0]], beside) is not None


def length_class(length):
    """How long a value is, in classes that tell no more than the judgement needs."""
    for least, name in ((32, "32 or more"), (24, "24 to 31"), (16, "16 to 23"), (1, "1 to 15")):
        if length >= least:
            return name
    return "empty"


def random_bytes(value):
    """Bytes of randomness that a value may hold, by its alphabet's size and by its own Shannon entropy; at most 32."""
    if not value:
        return 0
    if re.fullmatch(r"[0-9a-fA-F]+", value):
        by_alphabet = len(value) * 4
    elif re.fullmatch(r"[A-Za-z0-9+/_=-]+", value):
        by_alphabet = len(value.rstrip("=")) * 6
    else:
        by_alphabet = len(value) * 6.5
    counts = [value.count(c) / len(value) for c in set(value)]
    bits = -sum(p * math.log2(p) for p in counts) * len(value)
    # a random string's own entropy lies below its alphabet's: by a tenth for hex, by a quarter for base64
    return min(32, int(by_alphabet / 8) if bits >= 0.7 * by_alphabet else int(bits / 8))


def find_in_history(folder, secrets):
    """Names of the values that any object of the repository holds, on all refs. The values go to no other program."""
    wanted = {n: v.encode() for n, v in secrets.items() if len(v) >= 8 and not is_placeholder(v)}
    run("git", "-c", "safe.directory=*", "-C", folder, "rev-parse", "--git-dir")
    if "true" in run("git", "-c", "safe.directory=*", "-C", folder, "rev-parse", "--is-shallow-repository"):
        raise Blind("the clone is shallow")
    listing = subprocess.Popen(  # a list that we make ourselves
        ["git", "-c", "safe.directory=*", "-C", folder, "cat-file", "--batch-all-objects", "--batch", "--unordered"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT,
    )  # fmt: skip
    found, before, seen = set(), b"", 0
    try:
        while True:
            chunk = listing.stdout.read(1 << 20)
            if not chunk:
                if listing.wait() or not seen:
                    raise Blind("git ended with %d after %d bytes of it" % (listing.returncode, seen))
                break
            seen += len(chunk)
            if re.search(rb"(?:^|\n)[0-9a-f]{40,64} missing\n", before + chunk):
                raise Blind("git can't read all of its objects")
            found |= {name for name, value in wanted.items() if value in before + chunk}
            before = chunk[-1000:]
            if seen > HISTORY_LIMIT:
                raise Blind("it is larger than %d bytes" % HISTORY_LIMIT)
    finally:
        listing.kill()
        listing.wait()
        listing.stdout.close()
    return found


def look_at_pair(values):
    """Facts `Pair`: the certificate and its key by the paths that the file names."""
    certificate, key = values.get("SSL_CERT_PATH", ""), values.get("SSL_KEY_PATH", "")
    if not certificate or not key:
        raise Blind("SSL_CERT_PATH or SSL_KEY_PATH is not set")
    there = {path: exists(path) for path in (certificate, key)}
    mode = ""
    belong = False
    if all(there.values()):
        mode = run("stat", "-L", "-c", "%a %U", "--", key, root=True).strip()
        of_certificate = run("openssl", "x509", "-in", certificate, "-noout", "-pubkey", root=True)
        belong = of_certificate.strip() == run("openssl", "pkey", "-in", key, "-pubout", root=True).strip()
    return {
        "certificate": certificate[:200], "key": key[:200], "certificate_there": there[certificate],
        "key_there": there[key], "key_mode": mode.partition(" ")[0], "key_owner": mode.partition(" ")[2], "belong": belong,
    }  # fmt: skip


def exists(path):
    """Whether a file is there, also in a folder that only root may enter."""
    if os.path.exists(path):
        return True
    try:
        run("test", "-f", path, root=True)
    except Blind as blind:
        if str(blind) != "test ended with 1: no word":
            raise  # sudo said it, not test
        return False
    return True
