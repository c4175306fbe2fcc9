#!/bin/sh
# Installs the locked dependencies when they are absent or older than the lock, so that every npm script works on a fresh clone.
# The Node that runs everything afterwards is node_modules/.bin/node, which npm scripts find first on PATH.
set -eu
cd "$(dirname "$0")/.."
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "installing dependencies (once)" >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  touch node_modules/.package-lock.json
fi
