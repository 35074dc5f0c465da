"""One log file: where it ends, and what was added after a position."""

from __future__ import annotations

import os

from acceptance.collector.base import run, section


@section("log_file")
def log_file(request):
    """Size, and the text after `log_from`; a file that shrank was rotated, and is read from its start."""
    path, start = request["log_path"], request["log_from"]
    root = not os.access(path, os.R_OK)
    size = int(run("stat", "-L", "-c", "%s", "--", path, root=root))
    if start < 0:
        return {"size_bytes": size, "added": ""}
    place = start + 1 if start <= size else 1
    return {"size_bytes": size, "added": run("tail", "-c", "+%d" % place, "--", path, root=root)}
