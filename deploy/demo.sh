#!/bin/sh
# Judges the sandbox with every impact allowed. The exit code is the verdict's, 0 for GO.
cd "$(dirname "$0")/.."
exec .venv/bin/python -m pytest --target=sandbox --allow load,writes,disrupts "$@"
