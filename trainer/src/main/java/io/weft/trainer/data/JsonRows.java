package io.weft.trainer.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads JSONL: an object a line. Fields that are not asked for are left alone. */
final class JsonRows {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static {
    JSON.getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder().maxNestingDepth(20).maxStringLength(1 << 22).build());
  }

  private final Fields fields;
  private final Task task;
  private final RowCheck check;

  JsonRows(Fields fields, Task task, RowCheck check) {
    this.fields = fields;
    this.task = task;
    this.check = check;
  }

  void read(BufferedReader reader, int maxRows) throws IOException {
    int number = 0;
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      number++;
      if (number > maxRows) {
        check.problems().add(number, "the file has more than %,d lines".formatted(maxRows));
        return;
      }
      if (!line.isBlank()) {
        read(number, number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line);
      }
    }
  }

  private void read(int number, String line) {
    JsonNode json;
    try {
      json = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
      check.problems().add(number, "this is not JSON, at column %,d".formatted(column));
      return;
    }
    if (!json.isObject()) {
      check.problems().add(number, "this is no JSON object");
      return;
    }
    try {
      read(number, json);
    } catch (WrongFieldException e) {
      check.problems().add(number, String.valueOf(e.getMessage()));
    }
  }

  private void read(int number, JsonNode json) throws WrongFieldException {
    switch (task) {
      case CLASSIFY -> {
        JsonNode label = json.path(fields.label());
        if (!isLabel(label)) {
          throw new WrongFieldException(fields.label(), "a text or a number", label);
        }
        check.labelled(number, text(json), pair(json), List.of(label.asText()));
      }
      case MULTI_LABEL ->
          check.labelled(number, text(json), pair(json), list(json, fields.label()));
      case TAG -> check.tagged(number, list(json, fields.text()), list(json, fields.label()));
      case SCORE, REGRESSION -> {
        JsonNode score = json.path(fields.label());
        if (!score.isNumber()) {
          throw new WrongFieldException(fields.label(), "a number", score);
        }
        check.scored(number, text(json), pair(json), score.asDouble());
      }
    }
  }

  private String text(JsonNode json) throws WrongFieldException {
    JsonNode text = json.path(fields.text());
    if (!text.isTextual()) {
      throw new WrongFieldException(fields.text(), "a text", text);
    }
    return text.asText();
  }

  private @Nullable String pair(JsonNode json) throws WrongFieldException {
    JsonNode pair = json.path(fields.pair());
    if (pair.isMissingNode() || pair.isNull()) {
      return null;
    }
    if (!pair.isTextual()) {
      throw new WrongFieldException(fields.pair(), "a text", pair);
    }
    return pair.asText();
  }

  private static List<String> list(JsonNode json, String field) throws WrongFieldException {
    JsonNode array = json.path(field);
    if (!array.isArray()) {
      throw new WrongFieldException(field, "an array", array);
    }
    List<String> values = new ArrayList<>();
    for (JsonNode value : array) {
      if (!isLabel(value)) {
        throw new WrongFieldException(field, "an array of texts or numbers", array);
      }
      values.add(value.asText());
    }
    return values;
  }

  private static boolean isLabel(JsonNode value) {
    return value.isTextual() || value.isIntegralNumber() || value.isBoolean();
  }

  /** A field that is not there, or is something else. */
  private static final class WrongFieldException extends Exception {
    private static final long serialVersionUID = 1;

    WrongFieldException(String field, String wanted, JsonNode found) {
      super(
          found.isMissingNode()
              ? "the field '%s' is missing".formatted(field)
              : "the field '%s' must be %s".formatted(field, wanted));
    }
  }
}
