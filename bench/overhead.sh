#!/usr/bin/env bash
# What the gateway and its gRPC hops add to a generator, before a fake one that makes tokens at a real one's pace:
#   bench/overhead.sh [STREAMS (16)] [TOKENS each (200)] [ROUNDS (5)] [TOKENS a second, all streams (900)]
# Asks the fake over gRPC and through the gateway, in turns, and prints how long a token takes to the client either way, and the
# tokens per second. Fails when the gateway adds 1 ms or more to the median token, or loses 5 % of the throughput. Needs a built copy
# (./weft up builds one); uses ports of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
exec mvn -B -ntp verify -pl e2e -Dtest=NoSuchTest -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=OverheadBench \
  "-Dweft.overhead.streams=${1:-16}" "-Dweft.overhead.tokens=${2:-200}" "-Dweft.overhead.rounds=${3:-5}" \
  "-Dweft.overhead.pace=${4:-900}"
