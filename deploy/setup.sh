#!/bin/sh
# Sets up .venv from pinned versions, and the few system packages where they can be had. Harmless when run again.
set -eu
cd "$(dirname "$0")/.."

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
    else return 1; fi
}
packages() {
    [ -r /etc/debian_version ] || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

find_python() { # the first that really runs: a shim may be there for a version that is not
    for each in "$@" python3 python3.14 python3.13 python3.12 python3.11; do
        "$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { python=$each; return; }
    done
    return 1
}
find_python "$@" || { packages python3 python3-venv && find_python "$@"; } ||
    { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3" >&2; exit 1; }
need=""
"$python" -c 'import ensurepip, venv' 2>/dev/null || need="$need python3-venv"
command -v git >/dev/null || need="$need git"
[ -z "$need" ] || packages $need || { echo "missing, and not installable here:$need" >&2; exit 1; }
command -v chromium >/dev/null || command -v google-chrome >/dev/null || packages chromium ||
    echo "no Chromium can be had here: the browser items will be BLOCKED"
command -v certutil >/dev/null || packages libnss3-tools ||
    echo "no certutil: the browser can't be made to trust a private CA, its items will be BLOCKED"
command -v ssh-keygen >/dev/null || packages openssh-client ||
    echo "no ssh client: hosts can't be reached, records can't be signed"
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install -q --disable-pip-version-check -r requirements.txt
.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
for node in .venv/lib/python3*/site-packages/playwright/driver/node; do
    "$node" --version >/dev/null 2>&1 || packages libatomic1 ||
        echo "the browser's driver needs libatomic: the browser items will be BLOCKED"
done
