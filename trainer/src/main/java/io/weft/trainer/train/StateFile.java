package io.weft.trainer.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weft.trainer.model.Parameter;
import io.weft.trainer.model.Parameters;
import io.weft.trainer.save.SafetensorsWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The state of a run on the disk, a safetensors file: the trained weights, both moments of each,
 * the weights of the best epoch, the doubts, and in the metadata how far the run is and what it was
 * started with. Chance needs no state (see {@link Order}).
 *
 * @param file replaced as a whole by each write
 * @param fingerprint of everything that the weights depend on: data, base, recipe
 * @param everySteps after how many steps the state is written, besides after each epoch; at least 1
 */
public record StateFile(Path file, String fingerprint, int everySteps) {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long MAX_HEADER = 8L << 20;

  /** What a state is taken from and put into. */
  record Parts(
      NDManager manager,
      Parameters parameters,
      AdamW optimizer,
      Map<Parameter, NDArray> best,
      Doubts doubts) {
    /** All tensors of the state by name; they are the run's own, but for the doubts. */
    Map<String, NDArray> tensors(NDManager scope) {
      Map<String, NDArray> tensors = new LinkedHashMap<>();
      for (Parameter parameter : parameters.trained()) {
        AdamW.Moments moments = optimizer.moments().get(parameter);
        if (moments == null) {
          throw new IllegalStateException(parameter.name() + " has no moments");
        }
        tensors.put("weight." + parameter.name(), parameter.values());
        tensors.put("mean." + parameter.name(), moments.mean());
        tensors.put("variance." + parameter.name(), moments.variance());
      }
      best.forEach((parameter, kept) -> tensors.put("best." + parameter.name(), kept));
      tensors.put("doubts", scope.create(doubts.toState(), new Shape(3, doubts.rows())));
      return tensors;
    }
  }

  boolean exists() {
    return Files.exists(file);
  }

  void write(Parts parts, Progress progress) throws IOException {
    try (NDManager scope = parts.manager.newSubManager()) {
      SafetensorsWriter.write(
          file,
          parts.tensors(scope),
          Map.of(
              "fingerprint", fingerprint,
              "steps", String.valueOf(progress.steps()),
              "validated", String.valueOf(progress.validated()),
              "best", Double.toHexString(progress.best()),
              "best_epoch", String.valueOf(progress.bestEpoch())));
    }
  }

  /**
   * Puts the state into the run.
   *
   * @throws IllegalArgumentException when it is of another run, or broken
   */
  Progress read(Parts parts) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        NDManager scope = parts.manager.newSubManager()) {
      JsonNode header = header(channel);
      JsonNode metadata = header.path("__metadata__");
      if (!metadata.path("fingerprint").asText("").equals(fingerprint)) {
        throw new IllegalArgumentException(
            "%s is the state of a run with other data or other options; --fresh starts anew"
                .formatted(file));
      }
      int bestEpoch = metadata.path("best_epoch").asInt();
      if (header.properties().stream().anyMatch(entry -> entry.getKey().startsWith("best."))) {
        for (Parameter parameter : parts.parameters.trained()) {
          parts.best.put(parameter, parts.manager.zeros(parameter.values().getShape()));
        }
      }
      long start = channel.position();
      for (Map.Entry<String, NDArray> tensor : parts.tensors(scope).entrySet()) {
        ByteBuffer bytes = read(channel, start, header.path(tensor.getKey()), tensor.getValue());
        if (tensor.getKey().equals("doubts")) {
          float[] state = new float[bytes.remaining() / Float.BYTES];
          bytes.asFloatBuffer().get(state);
          parts.doubts.fromState(state);
        } else {
          tensor.getValue().set(bytes.asFloatBuffer());
        }
      }
      return new Progress(
          metadata.path("steps").asLong(),
          metadata.path("validated").asInt(),
          Double.parseDouble(metadata.path("best").asText()),
          bestEpoch);
    }
  }

  private JsonNode header(FileChannel channel) throws IOException {
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    readAll(channel, length);
    long bytes = length.getLong(0);
    if (bytes < 2 || bytes > MAX_HEADER) {
      throw new IllegalArgumentException(file + " is broken; --fresh starts anew");
    }
    ByteBuffer json = ByteBuffer.allocate((int) bytes);
    readAll(channel, json);
    return JSON.readTree(json.array());
  }

  private ByteBuffer read(FileChannel channel, long start, JsonNode entry, NDArray into)
      throws IOException {
    long begin = entry.path("data_offsets").path(0).asLong(-1);
    long size = entry.path("data_offsets").path(1).asLong(-1) - begin;
    if (begin < 0 || size != into.size() * Float.BYTES) {
      throw new IllegalArgumentException(file + " is broken; --fresh starts anew");
    }
    channel.position(start + begin);
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.toIntExact(size)).order(ByteOrder.LITTLE_ENDIAN);
    readAll(channel, bytes);
    return bytes.flip();
  }

  private void readAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new IllegalArgumentException(file + " is broken; --fresh starts anew");
      }
    }
  }
}
