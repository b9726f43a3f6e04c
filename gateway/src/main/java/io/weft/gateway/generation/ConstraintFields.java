package io.weft.gateway.generation;

import io.weft.gateway.backend.Constraint;
import io.weft.gateway.backend.Constraint.Kind;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The fields that say what shape the text must have: OpenAI's {@code response_format}, vLLM's
 * {@code structured_outputs}, and its older {@code guided_json}, {@code guided_regex} and {@code
 * guided_choice}. Only one shape may be asked for. What is in it the generator checks. Used by one
 * thread while a body is read.
 */
final class ConstraintFields {
  private static final int MAX_SCHEMA_BYTES = 65_536;
  private static final int MAX_CHOICES = 1_024;

  private @Nullable Constraint constraint;

  /** Takes the value of one field if it is one of these, else returns false. */
  boolean take(String name, JsonReader value) {
    switch (name) {
      case "response_format" -> takeResponseFormat(value);
      case "structured_outputs" -> value.object(this::takeStructuredOutput);
      case "guided_json" -> set(name, () -> schema(name, value));
      case "guided_regex" -> set(name, () -> regex(name, value));
      case "guided_choice" -> set(name, () -> choice(name, value));
      case "guided_grammar", "guided_whitespace_pattern" ->
          throw Invalid.unsupported(name, name + " is not supported");
      default -> {
        return false;
      }
    }
    return true;
  }

  /** The shape; null for any. */
  @Nullable Constraint constraint() {
    return constraint;
  }

  private void takeResponseFormat(JsonReader value) {
    Format format = new Format();
    value.object(format::take);
    Constraint asked = format.constraint();
    if (asked != null) {
      set("response_format", () -> asked);
    }
  }

  private void takeStructuredOutput(String name, JsonReader value) {
    String param = "structured_outputs";
    switch (name) {
      case "json" -> set(param, () -> schema(param, value));
      case "regex" -> set(param, () -> regex(param, value));
      case "choice" -> set(param, () -> choice(param, value));
      case "json_object" -> {
        if (value.bool()) {
          set(param, () -> new Constraint(Kind.JSON_OBJECT, List.of(), param));
        }
      }
      default ->
          throw Invalid.unsupported(
              param,
              "structured_outputs.%s is not supported; json, json_object, regex and choice are"
                  .formatted(Refused.shown(name)));
    }
  }

  private void set(String param, Supplier<Constraint> asked) {
    if (constraint != null) {
      throw Invalid.value(
          param, "%s and %s exclude each other".formatted(constraint.param(), param));
    }
    constraint = asked.get();
  }

  /** A schema as it is, or as vLLM also takes it: as text. */
  private static Constraint schema(String param, JsonReader value) {
    String text = value.isString() ? value.string() : value.json(MAX_SCHEMA_BYTES);
    return new Constraint(Kind.JSON_SCHEMA, List.of(text), param);
  }

  private static Constraint regex(String param, JsonReader value) {
    return new Constraint(Kind.REGEX, List.of(value.string()), param);
  }

  private static Constraint choice(String param, JsonReader value) {
    return new Constraint(Kind.CHOICE, value.list(MAX_CHOICES, value::string), param);
  }

  /** A {@code response_format} while it is read. */
  private static final class Format {
    private @Nullable String type;
    private @Nullable Constraint schema;

    void take(String name, JsonReader value) {
      switch (name) {
        case "type" -> type = value.string();
        case "json_schema" -> value.object(this::takeSchema);
        default -> value.skip();
      }
    }

    private void takeSchema(String name, JsonReader value) {
      switch (name) {
        case "schema" -> schema = schema("response_format", value);
        // Always strict: there is no other way here.
        case "strict" -> value.bool();
        case "name", "description" -> value.string();
        default -> value.skip();
      }
    }

    @Nullable Constraint constraint() {
      if (type == null) {
        throw Invalid.missing("response_format.type");
      }
      return switch (type) {
        case "text" -> null;
        case "json_object" -> new Constraint(Kind.JSON_OBJECT, List.of(), "response_format");
        case "json_schema" -> {
          if (schema == null) {
            throw Invalid.missing("response_format.json_schema.schema");
          }
          yield schema;
        }
        default ->
            throw Invalid.unsupported(
                "response_format.type",
                "response_format.type is supported only as: text, json_object, json_schema");
      };
    }
  }
}
