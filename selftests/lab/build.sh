#!/bin/bash
# Builds the lab's two images from Debian's packages: build.sh WORK. Needs root, Docker and debootstrap; harmless again.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"; work="$1"; mkdir -p "$work"; cd "$work"
export DOCKER_BUILDKIT=0 LC_ALL=C
if ! docker image inspect lab/bookworm-min:1 >/dev/null 2>&1; then
  # a folder that was not finished is begun anew
  [ -f rootfs.done ] || { rm -rf rootfs; debootstrap --variant=minbase --include=ca-certificates bookworm rootfs >debootstrap.log; touch rootfs.done; }
  tar -C rootfs -c . | docker import - lab/bookworm-min:1 >/dev/null
fi
[ -f id_lab ] || ssh-keygen -q -t ed25519 -N '' -f id_lab -C lab
for part in host stack; do
  rm -rf "build-$part"; cp -r "$here/$part" "build-$part"
  cp /etc/apt/sources.list.d/debian.sources "build-$part/"
done
cp id_lab.pub build-host/
docker build -q -t lab/host:1 build-host; docker build -q -t lab/app:1 build-stack
