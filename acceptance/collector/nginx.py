"""nginx' running configuration, as much of it as limits need: servers, their names and ports, and their locations.

`nginx -T` prints each file once; what a file includes is put in its place here, or a limit would hold elsewhere.
"""

from __future__ import annotations

import fnmatch
import os
import re

from acceptance.collector.base import run

MARK = re.compile(r"""#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|(?:\$\{[^}]*\}|[^\s{};])+""")
ELSEWHERE = re.compile(r"rewrite \^\S* \S+ (permanent|redirect)$")  # a server that sends everybody away
FILES = 500  # that are put in the places where they are included, at most


def look_at_edge(request):
    """Facts `Edge`."""
    container = request["edge_container"]
    said = run("docker", "exec", container, "nginx", "-T") if container else run("nginx", "-T", root=True)
    marks = list(included(said))
    text = " ".join(marks)
    zones = re.findall(r"limit_req_zone\s+\S+\s+zone=([^:\s]+):\S+\s+rate=([^;\s]+)", text)
    return {
        "zones": ["%s %s" % (name, rate) for name, rate in zones][:50],
        "connection_limits": bool(re.search(r"\blimit_conn\s+\S+\s+\d+", text)),
        "servers": servers_of(marks)[:100],
    }


def included(said):
    """Words, braces and semicolons of the main file, each included file in its place."""
    parts = re.split(r"(?m)^# configuration file (.+):\n", said)
    files = dict(zip(parts[1::2], parts[2::2])) or {"": said}
    main = next(iter(files))
    left = [FILES]

    def marks_in(text):
        words = []
        for mark in MARK.findall(text):
            if mark[0] == "#":
                continue
            if mark == ";" and len(words) == 2 and words[0] == "include":
                pattern = os.path.join(os.path.dirname(main), words[1].strip("\"'"))
                for path in sorted(p for p in files if matches(p, pattern)):
                    left[0] -= 1
                    yield from marks_in(files[path]) if left[0] > 0 else ()
            elif mark in "{};":
                yield from words
                yield mark
            else:
                words.append(mark)
                continue
            words = []

    return marks_in(files[main])


def matches(path, pattern):
    """Whether a path is one that an include means; a star ends at a slash."""
    return fnmatch.fnmatchcase(path, pattern) and path.count("/") == pattern.count("/")


def servers_of(marks):
    """Facts `Server` of each server of HTTP; limits are inherited from around, and a dry run limits nothing."""
    found, words = [], []
    stack = [{"above": None, "is": ["main"]}]
    for mark in marks:
        if mark == "{":
            block = {"above": stack[-1], "is": words, "locations": [], "listen": [], "server_name": []}
            if words == ["server"] and not {"stream", "mail"}.intersection(b["is"][0] for b in stack if b["is"]):
                found.append(block)
            if words[:1] == ["location"]:
                server = next((b for b in reversed(stack) if b["is"] == ["server"]), {"locations": []})
                server["locations"].append(block)
            stack.append(block)
        elif mark == "}":
            if len(stack) > 1:
                stack.pop()
        elif mark == ";":
            directive(stack[-1], words)
        else:
            words = [*words, mark[1:-1] if mark[0] in "\"'" and mark[-1] == mark[0] else mark]
            continue
        words = []
    return [
        {
            "names": [name[:200] for name in b["server_name"]][:100],
            "ports": sorted({port_of(words) for words in b["listen"] or [["80"]]}),
            "default_at": sorted({port_of(w) for w in b["listen"] if {"default_server", "default"}.intersection(w)}),
            "sends_away": b.get("sends_away", False),
            "limited": limited(b),
            "locations": [
                {
                    "kind": each["is"][1] if len(each["is"]) > 2 else "",
                    "path": each["is"][-1][:200] if len(each["is"]) > 1 else "",
                    "limited": limited(each),
                }
                for each in b["locations"]
            ][:300],
        }
        for b in found
    ]


def directive(block, words):
    """Keep what a directive says of its block."""
    name = words[0] if words else ""
    if name in ("limit_req", "limit_req_dry_run"):
        block[name] = " ".join(words[1:])
    elif name == "server_name" and "server_name" in block:
        block[name] += words[1:]
    elif name == "listen" and "listen" in block:
        block[name].append(words[1:])
    elif name == "return" or ELSEWHERE.match(" ".join(words)):
        block["sends_away"] = True


def port_of(words):
    """The port of a `listen`; 0 of a socket's path, 80 where only an address stands."""
    place = words[0] if words else ""
    if place.startswith("unix:"):
        return 0
    found = re.search(r"(?:^|:)(\d{1,5})$", place)
    return int(found.group(1)) if found and not place.endswith("]") else 80


def limited(block):
    """Whether a request limit holds in a block."""
    return inherited(block, "limit_req") != "" and inherited(block, "limit_req_dry_run") != "on"


def inherited(block, name):
    """A directive's value in a block, else in those around it; "" for none. The order in the file does not count."""
    while block is not None and name not in block:
        block = block["above"]
    return block[name] if block is not None else ""
