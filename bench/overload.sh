#!/usr/bin/env bash
# The gateway alone under many streams at once, before a tokenizer and a generator that take no time:
#   bench/overload.sh [STREAMS (200)] [TOKENS each (200)] [ROUNDS (10)]
# Every answer is checked. Prints for each round the tokens per second and the gateway's resident memory, and fails when that
# has grown by 150 MiB. Needs a built copy (./weft up builds one); uses ports of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
exec mvn -B -ntp verify -pl e2e -Dtest=NoSuchTest -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=OverloadIT \
  "-Dweft.overload.streams=${1:-200}" "-Dweft.overload.tokens=${2:-200}" "-Dweft.overload.rounds=${3:-10}"
