#!/usr/bin/env bash
# Embeddings per second and cosine of encoder model folders, to compare number formats on an idle machine:
#   bench/encoder_formats.sh MODEL_FOLDER_FP32 [MODEL_FOLDER ...]
# The first folder is what the others' cosines are to. THREADS (default: all processors) and SECONDS_EACH (default 3) may be set.
# Prints for each folder and batch of paragraphs of the bundled text (1, 8 and 32; in their order and sorted by length): embeddings per second, best of the
# rounds; lowest and mean cosine of pooled vectors; and the lowest cosine of a text in a batch to the same text alone.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
exec "$java" --enable-native-access=ALL-UNNAMED -cp "$root/importer/target/importer.jar:$root/importer/target/lib/*" \
  io.weft.importer.check.EncoderBenchmark "$@"
