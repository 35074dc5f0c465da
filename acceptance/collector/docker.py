"""Docker's engine by its own interface: the socket where we may use it, else by sudo."""

from __future__ import annotations

import glob
import http.client
import json
import os
import socket
import subprocess

from acceptance.collector.base import ENVIRONMENT, Blind, find

SOCKET = "/var/run/docker.sock"
BODY_LIMIT = 4_000_000


class Local(http.client.HTTPConnection):
    """HTTP over the engine's socket, whose path stands in the place of a host's name."""

    def connect(self):
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(8.0)
        self.sock.connect(self.host)


def engine_socket():
    """The socket of the one engine here: the system's, or our own rootless one; DOCKER_HOST tells two apart."""
    told = os.environ.get("DOCKER_HOST", "")
    if told.startswith("unix://"):
        return told[len("unix://") :]
    own = os.path.join(os.environ.get("XDG_RUNTIME_DIR") or "/run/user/%d" % os.getuid(), "docker.sock")
    there = [path for path in (SOCKET, own) if os.path.exists(path)]
    if len(there) > 1:
        raise Blind("two Docker engines are here, %s; set DOCKER_HOST for the user who enters" % " and ".join(there))
    if there:
        return there[0]
    for path in glob.glob("/run/user/*/docker.sock"):
        raise Blind("Docker runs rootless at %s: enter the host as its user" % path)
    for path in glob.glob("/run/podman/podman.sock") + glob.glob("/run/user/*/podman/podman.sock"):
        raise Blind("no Docker is here but Podman, at %s, which is not read" % path)
    return SOCKET


def docker(path):
    """The body of a GET, at most BODY_LIMIT bytes of it. Blind when the engine does not answer, or not with 200."""
    place = engine_socket()
    if os.path.exists(place) and not os.access(place, os.R_OK | os.W_OK):
        return docker_by_sudo(path, place)
    link = Local(place)
    try:
        link.request("GET", path, headers={"Host": "docker"})
        answer = link.getresponse()
        body = answer.read(BODY_LIMIT)
    except (OSError, http.client.HTTPException) as problem:
        raise Blind(f"Docker's engine does not answer: {problem}") from None
    finally:
        link.close()
    if answer.status != 200:
        raise Blind("Docker's engine answered %d to %s" % (answer.status, path.partition("?")[0]))
    return body


def docker_by_sudo(path, place):
    """The same through `sudo -n curl`, for a user outside the docker group."""
    if not (find("sudo") and find("curl")):
        raise Blind("the user may not use Docker's socket")
    done = subprocess.run(  # a list that we make ourselves
        ["sudo", "-n", "curl", "-sf", "-m", "8", "--unix-socket", place, "http://docker" + path],
        stdin=subprocess.DEVNULL, capture_output=True, env=ENVIRONMENT, timeout=10, check=False,
    )  # fmt: skip
    if done.returncode:
        raise Blind("the user may not use Docker's socket, and sudo ended with %d" % done.returncode)
    return done.stdout[:BODY_LIMIT]


def docker_json(path):
    """The same as JSON."""
    return json.loads(docker(path))


def project_containers(project):
    """Inspected containers of the compose project, or of all when it has no name."""
    listed = docker_json("/containers/json?all=1")
    if project:
        listed = [c for c in listed if c.get("Labels", {}).get("com.docker.compose.project") == project]
    return [docker_json("/containers/{}/json".format(c["Id"])) for c in listed[:60]]
