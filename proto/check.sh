#!/usr/bin/env bash
# Lints the contracts and checks that they still speak to the last released ones
# (released.binpb, rewritten at each release by: buf build --exclude-source-info -o released.binpb).
# Without buf it says so and passes: the contracts compile all the same.
set -euo pipefail
cd "$(dirname "$0")"
buf=$(command -v buf || true)
for candidate in "$HOME/go/bin/buf" ../.cache/bin/buf; do
  [ -n "$buf" ] || { [ -x "$candidate" ] && buf=$candidate; } || true
done
if [ -z "$buf" ]; then
  echo "buf is not installed: contracts not linted (go install github.com/bufbuild/buf/cmd/buf@latest)"
  exit 0
fi
"$buf" lint
[ ! -f released.binpb ] || "$buf" breaking --against released.binpb
