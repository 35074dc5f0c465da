"""What every part of the collector uses: bounded commands and files, and the way to say "could not be seen"."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time

OUTPUT_LIMIT = 2_000_000  # bytes of one command or file that are looked at
SECTIONS = {}  # name -> function of the request
PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"
ENVIRONMENT = dict(os.environ, LC_ALL="C", PATH=os.environ.get("PATH", "") + ":" + PATHS, GIT_OPTIONAL_LOCKS="0")


class Blind(Exception):  # it is no error of the collector
    """What could not be seen, and why."""


def unseen(what, why):
    """Stands in the place of what could not be seen."""
    return {"what": what, "why": str(why)[:300]}


def attempt(what, look, *given):
    """What `look` sees, or Unseen in its place."""
    try:
        return look(*given)
    except Blind as blind:
        return unseen(what, blind)
    except Exception as problem:  # one part that breaks must not hide the others
        return unseen(what, f"{type(problem).__name__}: {problem}")


def section(name):
    """Register a section of the answer."""

    def register(look):
        SECTIONS[name] = look
        return look

    return register


def find(program):
    """The path of a program, also where a plain user's PATH lacks sbin; "" when there is none."""
    return shutil.which(program, path=ENVIRONMENT["PATH"]) or ""


def run(*argv, **options):
    """Standard output of a command. Blind when it is missing, refused, fails or takes too long.

    Options: root=True puts `sudo -n` before it unless we are root; any=True bears any exit code;
    both=True adds standard error; timeout_s.
    """
    if not find(argv[0]):
        raise Blind(f"{argv[0]} is not installed")
    command = list(argv)
    if options.get("root") and os.geteuid() != 0:
        if not find("sudo"):
            raise Blind(f"{argv[0]} needs root, and there is no sudo")
        command = ["sudo", "-n", "--", *command]
    try:
        done = subprocess.run(  # lists that we make ourselves
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if options.get("both") else subprocess.PIPE,
            env=ENVIRONMENT, timeout=options.get("timeout_s", 8.0), check=False, cwd="/",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Blind(f"{argv[0]} did not end in time") from None
    if done.returncode and not options.get("any"):
        said = (done.stderr or done.stdout or b"").decode("utf-8", "replace").strip().splitlines()
        raise Blind("%s ended with %d: %s" % (argv[0], done.returncode, said[-1][:200] if said else "no word"))
    return done.stdout[:OUTPUT_LIMIT].decode("utf-8", "replace")


def read(path, **options):
    """A file as text; with root=True by `sudo cat` where it is not readable."""
    try:
        with open(path, "rb") as source:
            return source.read(OUTPUT_LIMIT).decode("utf-8", "replace")
    except PermissionError:
        if not options.get("root"):
            raise Blind(f"{path}: permission denied") from None
        return run("cat", "--", path, root=True)
    except FileNotFoundError:
        raise Blind(f"{path} does not exist") from None


def main(ask):
    """Look at every section at once, then print the answer between two marks that the asker chose."""
    request = json.loads(ask)
    answer = {}

    def look(name):
        answer[name] = attempt(f"the {name}", SECTIONS[name], request)

    threads = [threading.Thread(target=look, args=(name,), daemon=True) for name in request["sections"]]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + request["seconds"]
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    whole = {name: answer.get(name, unseen(f"the {name}", "not done in time")) for name in request["sections"]}
    sys.stdout.write("\n{}{}{}\n".format(request["mark"], json.dumps(whole), request["mark"][::-1]))
    sys.stdout.flush()
    os._exit(0)
