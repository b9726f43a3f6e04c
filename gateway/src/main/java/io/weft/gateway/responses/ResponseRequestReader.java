package io.weft.gateway.responses;

import io.weft.gateway.backend.ChatMessage;
import io.weft.gateway.backend.Constraint;
import io.weft.gateway.backend.GenerationOptions;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.generation.Refused;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import io.weft.gateway.tools.TemplateVariables;
import io.weft.gateway.tools.ToolFields;
import io.weft.gateway.tools.ToolReader;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a request for a response. Nothing is stored, so what refers to an earlier
 * response is refused, and {@code store} is ignored. Fields that would change the answer but are
 * not served are refused by name; all others that are not known are ignored.
 */
final class ResponseRequestReader {
  private static final int MAX_TOP_LOGPROBS = 20;
  private static final int MAX_INCLUDES = 64;
  private static final int MAX_METADATA = 16;
  private static final int MAX_METADATA_KEY = 64;
  private static final int MAX_METADATA_VALUE = 512;
  private static final String LOGPROBS = "message.output_text.logprobs";

  private final GenerationFields fields = new GenerationFields();
  private final ToolFields tools = new ToolFields(ToolReader::response);
  private final TemplateVariables variables = new TemplateVariables();
  private final Map<String, String> metadata = new HashMap<>();
  private TextFormat format = TextFormat.ANY;
  private @Nullable List<ChatMessage> input;
  private @Nullable String instructions;
  private @Nullable Integer maxOutputTokens;
  private @Nullable Integer topLogprobs;
  private boolean logprobs;

  private ResponseRequestReader() {}

  static ResponseRequest read(InputStream body) {
    ResponseRequestReader reader = new ResponseRequestReader();
    JsonReader.readBody(body, reader::take);
    return reader.request();
  }

  private void take(String name, JsonReader value) {
    switch (name) {
      case "input" -> input = InputReader.read(value);
      case "instructions" -> instructions = value.string();
      case "max_output_tokens" -> maxOutputTokens = value.integer(1, Integer.MAX_VALUE);
      case "text" -> format = TextFormat.read(value);
      case "top_logprobs" -> topLogprobs = value.integer(0, MAX_TOP_LOGPROBS);
      case "include" -> logprobs = value.list(MAX_INCLUDES, value::string).contains(LOGPROBS);
      case "metadata" -> value.object(this::takeMetadata);
      case "reasoning" -> value.object(this::takeReasoning);
      case "n", "best_of" -> value.integer(1, 1);
      case "truncation" -> Refused.unlessOneOf(value, "disabled");
      case "previous_response_id", "conversation", "background", "prompt" ->
          Refused.unlessEmpty(value);
      default -> {
        if (!fields.take(name, value) && !tools.take(name, value) && !variables.take(name, value)) {
          value.skip();
        }
      }
    }
  }

  private void takeReasoning(String name, JsonReader value) {
    if (name.equals("effort")) {
      variables.takeEffort(value);
    } else {
      value.skip();
    }
  }

  private void takeMetadata(String key, JsonReader value) {
    String text = value.string();
    if (metadata.size() == MAX_METADATA
        || key.length() > MAX_METADATA_KEY
        || text.length() > MAX_METADATA_VALUE) {
      throw Invalid.range(
          "metadata",
          "metadata may have %d entries, with keys of %d characters and values of %d"
              .formatted(MAX_METADATA, MAX_METADATA_KEY, MAX_METADATA_VALUE));
    }
    metadata.put(key, text);
  }

  private ResponseRequest request() {
    String model = fields.model();
    if (input == null) {
      throw Invalid.missing("input");
    }
    if (maxOutputTokens != null) {
      fields.setMaxTokens("max_output_tokens", maxOutputTokens);
    }
    Integer rivals = topLogprobs == null ? Integer.valueOf(0) : topLogprobs;
    GenerationOptions options =
        shaped(fields.options(logprobs || topLogprobs != null ? rivals : null));
    Constraint shape = options.constraint();
    return new ResponseRequest(
        model,
        instructions,
        input,
        format,
        tools.use(shape == null ? null : shape.param()),
        variables.variables(),
        options,
        metadata,
        fields.stream());
  }

  private GenerationOptions shaped(GenerationOptions options) {
    Constraint shape = format.shape();
    Constraint other = options.constraint();
    if (shape == null) {
      return options;
    }
    if (other != null) {
      throw Invalid.value(
          other.param(), "%s and %s exclude each other".formatted(other.param(), shape.param()));
    }
    return options.with(shape);
  }
}
