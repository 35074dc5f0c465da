"""Docker's engine by its own interface: the socket where we may use it, else by sudo."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess

from acceptance.collector.base import ENVIRONMENT, Blind, find

SOCKET = "/var/run/docker.sock"
BODY_LIMIT = 4_000_000


class Local(http.client.HTTPConnection):
    """HTTP over the engine's socket."""

    def connect(self):
        """Connect to the socket instead of a name."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(8.0)
        self.sock.connect(SOCKET)


def docker(path):
    """The body of a GET, at most BODY_LIMIT bytes of it. Blind when the engine does not answer, or not with 200."""
    if os.path.exists(SOCKET) and not os.access(SOCKET, os.R_OK | os.W_OK):
        return docker_by_sudo(path)
    link = Local("docker")
    try:
        link.request("GET", path)
        answer = link.getresponse()
        body = answer.read(BODY_LIMIT)
    except (OSError, http.client.HTTPException) as problem:
        raise Blind(f"Docker's engine does not answer: {problem}") from None
    finally:
        link.close()
    if answer.status != 200:
        raise Blind("Docker's engine answered %d to %s" % (answer.status, path.partition("?")[0]))
    return body


def docker_by_sudo(path):
    """The same through `sudo -n curl`, for a user outside the docker group."""
    if not (find("sudo") and find("curl")):
        raise Blind("the user may not use Docker's socket")
    done = subprocess.run(  # a list that we make ourselves
        ["sudo", "-n", "curl", "-sf", "-m", "8", "--unix-socket", SOCKET, "http://docker" + path],
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
