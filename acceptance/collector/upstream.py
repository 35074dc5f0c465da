"""What the exchange and OpenAI answer to a service from its own network, with its own keys, which never leave the host."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from acceptance.collector.base import attempt, section
from acceptance.collector.docker import project_containers
from acceptance.collector.inside import ask_inside, running_container
from acceptance.collector.logs import newest_lines

DAY_S = 86_400
LOOK_S = 11.0  # all of one upstream's looks
UPSTREAM = r"""
import hashlib, hmac, http.client, ssl, time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
env = dict(p.split("=", 1) for p in open("/proc/%s/environ" % ask["pid"]).read().split("\0") if "=" in p)
ends = time.monotonic() + ask["seconds"]
def get(url, headers={}, body=None, longest=5):
    parts = urlsplit(url)
    patience = max(0.1, min(longest, ends - time.monotonic()))
    port = parts.port or (443 if parts.scheme == "https" else 80)
    link = socket.create_connection((resolve(parts.hostname), port), patience)
    if parts.scheme == "https":
        link = ssl.create_default_context().wrap_socket(link, server_hostname=parts.hostname)
    call = http.client.HTTPConnection(parts.hostname, port, timeout=patience)
    call.sock = link
    began = time.monotonic()
    call.request("POST" if body else "GET", parts.path + ("?" + parts.query if parts.query else ""), body, headers)
    answer = call.getresponse()
    read = answer.read(500000)
    link.close()
    try:
        document = json.loads(read)
    except ValueError:
        document = None
    return answer.status, document, (time.monotonic() - began) * 1000
def tried(look):
    try:
        return look()
    except (OSError, http.client.HTTPException) as problem:  # what the service would meet too
        return {"no_answer": ("%s: %s" % (type(problem).__name__, problem))[:200]}
    except Exception as problem:
        return {"what": "an upstream call", "why": ("%s: %s" % (type(problem).__name__, problem))[:200]}
def exchange():
    base = ask["url"].rstrip("/")
    began, calls = time.monotonic(), []
    while len(calls) < 3 and (not calls or time.monotonic() < began + 2):
        calls.append(get(base + ask["ping"]))
    before = time.time()
    status, document, took = get(base + ask["time"])
    middle = before + took / 2000
    drift = (document or {}).get("serverTime", 0) / 1000 - middle
    return {"status": max([status] + [c[0] for c in calls]), "best_ms": min(c[2] for c in calls), "drift_s": drift}
def signed(url):
    key, secret = env.get(ask["key"], ""), env.get(ask["secret"], "")
    query = "recvWindow=5000&timestamp=%d" % (time.time() * 1000)
    sign = hmac.new(secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    return get(url + "?" + query + "&signature=" + sign, {"X-MBX-APIKEY": key})
def rights():
    status, document, _ = signed(ask["url"].rstrip("/") + ask["rights"])
    document = document if isinstance(document, dict) else {}
    return {"status": status, "withdrawals": bool(document.get("enableWithdrawals", True)), "bound": bool(document.get("ipRestrict", False))}
def models():
    status, document, _ = get(ask["url"].rstrip("/") + ask["models"], {"Authorization": "Bearer " + env.get(ask["key"], "")})
    listed = (document or {}).get("data") if isinstance(document, dict) else None
    return {"status": status, "models": len(listed) if isinstance(listed, list) else 0}
def price():
    status, document, _ = get(ask["url"].rstrip("/") + ask["ticker"])
    return {"status": status, "price": float((document or {}).get("price", 0))}
def account():
    status, value, _ = signed(ask["account"])
    for part in ask["balance"].split("."):
        listed = isinstance(value, list) and part.isdigit() and int(part) < len(value)
        value = value[int(part)] if listed else value.get(part) if isinstance(value, dict) else None
    return {"status": status, "balance": None if value is None else float(value)}
def completion():
    wish = {"model": ask["model"], "max_completion_tokens": 1, "messages": [{"role": "user", "content": "ping"}]}
    headers = {"Authorization": "Bearer " + env.get(ask["key"], ""), "Content-Type": "application/json"}
    status, document, _ = get(ask["url"].rstrip("/") + "/v1/chat/completions", headers, json.dumps(wish), 9)
    error = document.get("error") if isinstance(document, dict) else None
    error = error if isinstance(error, dict) else {}
    return {"status": status, "code": str(error.get("code") or error.get("type") or "")[:60]}
looks = {"account": account, "completion": completion, "exchange": exchange, "rights": rights, "models": models, "price": price}
with ThreadPoolExecutor(4) as pool:
    print(json.dumps(dict(zip(ask["looks"], pool.map(lambda name: tried(looks[name]), ask["looks"])))))
"""


@section("account")
@section("upstream")
def look_at_upstreams(request):
    """Facts by upstream name: what each of its looks gave."""
    wanted = request["upstreams"]
    with ThreadPoolExecutor(8) as pool:  # one that does not answer must not use up the others' time
        asked = {
            name: pool.submit(attempt, f"upstream {name}", ask_upstream, request, each) for name, each in wanted.items()
        }
        return {name: each.result() for name, each in asked.items()}


def ask_upstream(request, upstream):
    """One upstream, asked in the network of the container that uses it."""
    container = running_container(project_containers(request["project"]), upstream["service"])
    found = ask_inside(container, UPSTREAM, {**upstream, "seconds": LOOK_S}, LOOK_S + 3)
    if upstream.get("spent"):
        found["quota"] = attempt("the service's log", last_told, container, upstream["spent"])
    return found


def last_told(container, word):
    """Facts `Quota`: when the newest lines of a day last had this word."""
    lines, _ = newest_lines(container, time.time() - DAY_S)
    times = [at for at, text, _ in lines if word in text]
    return {"refused_s_ago": max(0.0, time.time() - max(times)) if times else None}
