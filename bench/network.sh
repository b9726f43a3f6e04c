#!/usr/bin/env bash
# A gateway and its workers with a network between them that delays, loses and cuts: bench/network.sh
# Needs root, Linux with network namespaces, and a built copy (./weft up builds one). What must hold is in docs/reliability.md.
set -euo pipefail
cd "$(dirname "$0")/.."
exec mvn -B -ntp verify -pl e2e -Dtest=NoSuchTest -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=NetworkIT \
  -Dweft.network=true
