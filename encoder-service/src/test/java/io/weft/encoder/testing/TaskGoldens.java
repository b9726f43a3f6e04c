package io.weft.encoder.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.encoder.v1.AlignedInput;
import io.weft.proto.encoder.v1.TokenInput;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;

/**
 * What transformers' pipelines and sentence-transformers answer with the tiny encoders; made by
 * {@code e2e/goldens/task_goldens.py}.
 */
public final class TaskGoldens {
  private static final JsonNode ALL = read("task-goldens.json");

  private TaskGoldens() {}

  /** The cases of one model; their fields are those that the script writes. */
  public static List<JsonNode> cases(String architecture, String model) {
    return list(ALL.path(architecture).path(model));
  }

  /** The cases of the real token classifier; made by {@code e2e/goldens/grammar_tagger.py}. */
  public static List<JsonNode> grammarTagger() {
    return list(read("grammar-tagger-goldens.json"));
  }

  /** A case's sequence. */
  public static TokenInput tokens(JsonNode golden) {
    return TokenInput.newBuilder()
        .addAllIds(ints(golden.path("ids")))
        .addAllTypeIds(ints(golden.path("type_ids")))
        .build();
  }

  /** A case's sequence with where its tokens stand. */
  public static AlignedInput aligned(JsonNode golden) {
    AlignedInput.Builder input =
        AlignedInput.newBuilder()
            .setTokens(tokens(golden))
            .addAllWordIds(ints(golden.path("word_ids")))
            .addAllSequenceIds(ints(golden.path("sequence_ids")));
    for (JsonNode offset : golden.path("offsets")) {
      input.addOffsets(
          TextSpan.newBuilder().setStart(offset.path(0).asInt()).setEnd(offset.path(1).asInt()));
    }
    return input.build();
  }

  /** An array's elements. */
  public static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  /** An array of whole numbers. */
  public static List<Integer> ints(JsonNode array) {
    List<Integer> values = new ArrayList<>();
    array.forEach(value -> values.add(value.intValue()));
    return values;
  }

  private static JsonNode read(String name) {
    try (InputStream in = TaskGoldens.class.getResourceAsStream("/io/weft/encoder/" + name)) {
      return new JsonMapper().readTree(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
