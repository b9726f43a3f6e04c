package io.weft.encoder;

import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelManifest;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** The bounds of requests, and what is said about one that is outside of them. */
final class RequestLimits {
  private RequestLimits() {}

  /**
   * @throws WeftException.InvalidRequest unless there are 1 to {@code most} inputs
   */
  static void checkInputs(int count, int most) {
    if (count == 0) {
      throw new WeftException.InvalidRequest(
          "NO_INPUTS", "0 inputs, at least 1 is needed", "inputs");
    }
    if (count > most) {
      throw tooMany("TOO_MANY_INPUTS", count, "inputs", most, "inputs");
    }
  }

  /**
   * @throws WeftException.InvalidRequest when there are more than {@code most}
   */
  static void checkCount(long count, String what, int most, String param) {
    if (count > most) {
      throw tooMany("TOO_MANY_" + param.toUpperCase(Locale.ROOT), count, what, most, param);
    }
  }

  /**
   * @throws WeftException.InvalidRequest unless the value lies in [least, most]
   */
  static int checkRange(String field, int value, int least, int most) {
    if (value < least || value > most) {
      throw new WeftException.InvalidRequest(
          field.toUpperCase(Locale.ROOT) + "_OUT_OF_RANGE",
          String.format(Locale.ROOT, "%s is %,d, it must be %,d to %,d", field, value, least, most),
          field);
    }
    return value;
  }

  /**
   * Indexes that a request chooses; all of {@code size} when it names none.
   *
   * @throws WeftException.InvalidRequest for one that there is not, or that comes twice
   */
  static List<Integer> checkIndexes(String field, List<Integer> chosen, int size) {
    if (chosen.isEmpty()) {
      return IntStream.range(0, size).boxed().toList();
    }
    Set<Integer> seen = new HashSet<>();
    for (int index : chosen) {
      if (index < 0 || index >= size) {
        throw new WeftException.InvalidRequest(
            field.toUpperCase(Locale.ROOT) + "_OUT_OF_RANGE",
            "%s has %d, they must be 0 to %d".formatted(field, index, size - 1),
            field);
      }
      if (!seen.add(index)) {
        throw new WeftException.InvalidRequest(
            field.toUpperCase(Locale.ROOT) + "_REPEATED",
            "%s has %d twice".formatted(field, index),
            field);
      }
    }
    return chosen;
  }

  /**
   * @throws WeftException.InvalidRequest when a reply, or what is kept to make it, would take more
   *     than {@code most} bytes
   */
  static void checkReply(long bytes, long most) {
    if (bytes > most) {
      throw new WeftException.InvalidRequest(
          "REPLY_TOO_LARGE",
          String.format(
              Locale.ROOT, "the reply would take %,d bytes > %,d: send fewer inputs", bytes, most),
          "inputs");
    }
  }

  /**
   * What an encoder has to be asked for {@code task}.
   *
   * @throws WeftException.Unsupported when the model has no head for it
   */
  static ModelManifest.EncoderSpec checkTask(ModelManifest manifest, String task) {
    ModelManifest.EncoderSpec encoder = manifest.encoder();
    if (encoder == null || !manifest.tasks().contains(task)) {
      throw unsupported(
          "model %s has no task %s; it has: %s"
              .formatted(manifest.name(), task, String.join(", ", manifest.tasks())));
    }
    return encoder;
  }

  /**
   * @throws WeftException.Unsupported when the model's graph does not give its states
   */
  static void checkStates(ModelManifest manifest) {
    ModelManifest.EncoderSpec encoder = manifest.encoder();
    if (encoder == null
        || (encoder.layout() == ModelManifest.Layout.PADDED
            && !manifest.tasks().contains(ModelManifest.TASK_EMBED))) {
      throw unsupported(
          "the graph of model %s does not give its states".formatted(manifest.name()));
    }
  }

  /** The model exists but cannot do this. */
  static WeftException.Unsupported unsupported(String message) {
    return new WeftException.Unsupported("TASK_NOT_SUPPORTED", message, Map.of("param", "model"));
  }

  /** An enumeration's value that this version does not know. */
  static WeftException unknown(String field, int value) {
    return new WeftException.InvalidRequest(
        "UNKNOWN_VALUE", "%s has no value %d".formatted(field, value), field);
  }

  private static WeftException tooMany(
      String reason, long count, String what, int most, String param) {
    return new WeftException.InvalidRequest(
        reason, String.format(Locale.ROOT, "%,d %s > %,d", count, what, most), param);
  }
}
