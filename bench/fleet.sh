#!/usr/bin/env bash
# One gateway before three workers of fixed cost, each a process that is killed and started again:
#   bench/fleet.sh [SECONDS each load lasts (60)]
# How the load is shared, what a kill -9 and an overload do, how throughput grows with replicas, whether chats come back to
# their prefix. Fails where something is not as docs/reliability.md says. Needs a built copy (./weft up builds one).
set -euo pipefail
cd "$(dirname "$0")/.."
exec mvn -B -ntp verify -pl e2e -Dtest=NoSuchTest -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=FleetIT \
  "-Dweft.fleet.seconds=${1:-60}"
