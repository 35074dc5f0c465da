"""A sandbox as it is before its first start: no container, nothing that listens, a release that has not begun."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import tomlkit

OWN = r"((?:127\.0\.0\.\d+|localhost|sandbox\.test):)(\d{4,5})"
UPSTREAM = (
    "upstreams",
    "registry",
    "cloud",
    "backup",
    "vault",
    "ci",
    "dns",
    "ports",
    "witnesses",
    "balancer",
    "maintenance",
)


def before_start(target_file: Path, folder: Path) -> Path:
    """The target file of a copy of a running sandbox; what is not the project's own (cloud, registry) answers still."""
    shutil.copytree(target_file.parent, folder, ignore=lambda _, names: [n for n in names if n.endswith(".sock")])
    tables = tomllib.loads(target_file.read_text(encoding="utf-8").replace(str(target_file.parent), str(folder)))
    closed = Closed()
    tables = {name: table if name in UPSTREAM else closed(table) for name, table in tables.items()}
    (folder / "target.toml").write_text(tomlkit.dumps(tables), encoding="utf-8")
    for secret in (folder / "secrets").glob("mongo_*"):
        secret.write_text(closed(secret.read_text(encoding="utf-8")), encoding="utf-8")
    recording = folder / "host" / "recording.json"
    answer = json.loads(recording.read_text(encoding="utf-8"))
    answer["deployment"] = closed(answer["deployment"])
    answer["engine"]["containers"] = answer["usage"]["containers"] = []
    for part in ("mongo_reach", "upstream"):
        answer[part] = {each: {"what": part, "why": f"no container of service {each} runs"} for each in answer[part]}
    recording.write_text(json.dumps(answer), encoding="utf-8")
    release = folder / "releases" / "2.4.0.toml"
    release.write_text(re.sub(r"(?m)^(started|deployed|deployed_by) = .*\n", "", release.read_text(encoding="utf-8")))
    return folder / "target.toml"


class Closed:
    """Puts another port in the place of each of this machine's own: one where nothing listens, the same each time."""

    def __init__(self) -> None:
        self.ports: dict[str, str] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self(key): self(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self(each) for each in value]
        return re.sub(OWN, self._other, value) if isinstance(value, str) else value

    def _other(self, found: re.Match[str]) -> str:
        return found[1] + self.ports.setdefault(found[2], str(len(self.ports) + 1))
