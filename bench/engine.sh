#!/usr/bin/env bash
# The generator's engine with a real model and no service around it:
#   bench/engine.sh [MODEL (models/smollm2-135m-instruct)] [STREAMS (16)] [REQUESTS a round (48)] [ROUNDS (5)]
# Prompts of 130 tokens, the first 32 always the same (as a chat template's are), the others random; 64 tokens an answer.
# Prints tokens per second (prompts counted, as a client would) and where the engine's thread spends its time, by samples of its stack: what is not ONNX Runtime is ours.
set -euo pipefail
cd "$(dirname "$0")/.."
exec mvn -B -ntp test -pl generator-service -am -Dtest=EngineBench -Dsurefire.failIfNoSpecifiedTests=false \
  "-Dweft.engine.model=$(realpath "${1:-models/smollm2-135m-instruct}")" "-Dweft.engine.streams=${2:-16}" \
  "-Dweft.engine.requests=${3:-48}" "-Dweft.engine.rounds=${4:-5}"
