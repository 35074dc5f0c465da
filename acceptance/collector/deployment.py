"""The deployed directory: its .env, its git work tree, and the services' own configuration files, masked."""

from __future__ import annotations

import os
import re

from acceptance.collector.base import Blind, attempt, read, run, section
from acceptance.collector.env import is_placeholder, look_at_env, random_bytes

NAMED_SECRET = re.compile(
    r"password|passwd|secret|token(?!iz)|api_?key|private_?key|dsn|connection_?string", re.IGNORECASE
)
BESIDE_SECRET = re.compile(  # api_key_env, token_type, secret_name: what is said about a secret, not the secret
    r"[_.-](env|env_?var|file|path|dir|ref|name|arn|id|header|type|algorithm|url|scopes?|issuer|audience|prefix|ttl|expiry|expires_in)$",
    re.IGNORECASE,
)
REFERENCE = re.compile(  # a variable, a template, a tag, a place in a store, a value that sops has sealed, a hash
    r"\$\{|\$[A-Z_][A-Z0-9_]*$|\$\(|[%]?\(?\{\{|\{|\[|<%|!(env|secret|vault|include)\b|ENC\[|\$2[aby]\$|\$argon2|\$[56]\$"
    r"|(env|file|vault|op|ssm|sops|gcp|aws-sm|arn|secretsmanager):|os\.environ\b|/run/secrets/|(true|false|none|null|\d+)$",
    re.IGNORECASE,
)
KEY = re.compile(r"""^(\s*(?:- )*["']?[A-Za-z0-9_.-]+["']?\s*[=:])(\s.*|)$""")
HEADER = re.compile(r"^\s*\[\[?[A-Za-z0-9_.\"' -]+\]?\]\s*(#.*)?$")

WORD = re.compile(r"""\"(?:[^"\\]|\\.)*"|'[^']*'|([A-Za-z0-9_.-]+(?=\s*(?:=|:\s)))|[A-Za-z0-9_+/.@!$%^&~-]+""")


@section("deployment")
def look_at_deployment(request):
    """Facts of the deployed directory, as the asker reads them."""
    if not os.path.isdir(request["deploy_dir"]):
        raise Blind("%s does not exist" % request["deploy_dir"])
    return {
        "env": attempt("the deployed .env", look_at_env, request),
        "git": attempt("the git work tree", look_at_git, request["deploy_dir"]),
        "configs": {
            kind: attempt("%s" % path, look_at_config, request["deploy_dir"], path, template)
            for kind, (path, template) in request["configs"].items()
        },
    }


def look_at_git(folder):
    """Facts `Git`. Optional locks are off, so that status writes no index."""

    def git(*words):
        return run("git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", folder, *words)

    if git("rev-parse", "--is-inside-work-tree").strip() != "true":
        raise Blind("%s is no git work tree" % folder)
    changed = [line[3:][:200] for line in git("status", "--porcelain", "--untracked-files=normal").splitlines()]
    return {
        "commit": git("rev-parse", "HEAD").strip(),
        "tags": git("tag", "--points-at", "HEAD").split()[:20],
        "changed": changed[:20],
    }


def look_at_config(folder, path, template):
    """Facts `RawConfig`: the file and its template with every value masked, so that form can be judged elsewhere."""
    text = read(os.path.join(folder, path), root=True)
    try:
        model = read(os.path.join(folder, template)) if template else ""
    except Blind:
        model = ""
    lines = [line.strip() for line in text.splitlines()]
    pairs = [
        re.split(r"\s*[=:]\s*", line, maxsplit=1) for line in lines if KEY.match(line) and not line.startswith("#")
    ]
    pairs = [(k.strip("- \"'"), re.sub(r"\s+#.*$", "", v).strip("\"' ,")) for k, v in pairs]
    return {
        "path": path,
        "text": "\n".join(masked_line(line) for line in text.splitlines())[:100_000],
        "template": "\n".join(masked_line(line) for line in model.splitlines())[:100_000],
        "placeholders": sorted({k[:60] for k, v in pairs if v and is_placeholder(v)}),
        "clear_secrets": sorted(
            {k[:60] for k, v in pairs if NAMED_SECRET.search(k) and is_clear(k, v)}
            | {k[:60] for k, v in pairs if re.search(r"://[^/\s:@]+:[^/\s@${]+@", v)}
        ),
    }


def is_clear(key, value):
    """Whether a value is a secret itself: neither empty, nor a reference, a number or a placeholder, nor about a secret."""
    if len(value) < 6 or REFERENCE.match(value) or is_placeholder(value):
        return False
    return not BESIDE_SECRET.search(key) or (
        random_bytes(value) >= 12 and not re.match(r"[A-Z][A-Z0-9_]*$|[a-z.~]*/", value)
    )


def masked_line(line):
    """A line of TOML or YAML with its keys and marks, and x in the place of every word of a value."""
    if HEADER.match(line) or not line.strip() or line.lstrip().startswith("#"):
        return re.sub(r"#.*", "#", line)
    found = KEY.match(line)
    head, rest = (found.group(1), found.group(2)) if found else ("", line)
    return head + WORD.sub(kept, rest)


def kept(found):
    """Keys of inline tables, numbers, dates, booleans and null stay; words and whatever stands in quotes become x."""
    word = found.group(0)
    if word[0] in "\"'" and word[-1] == word[0] and len(word) > 1:
        return word[0] + re.sub(r"[^\s\"',:;{}()-]+", "x", re.sub(r"\\\\.", "x", word[1:-1])) + word[0]
    if found.group(1) or re.fullmatch(r"true|false|null|-?[\d_]{1,9}(\.\d{1,6})?|\d{4}-\d\d-\d\d|-+|\[+|\]+", word):
        return word
    return "x"
