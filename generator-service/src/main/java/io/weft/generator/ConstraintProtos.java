package io.weft.generator;

import io.weft.generator.constraint.ConstraintSpec;
import io.weft.proto.generator.v1.Choice;
import io.weft.proto.generator.v1.Constraint;
import io.weft.proto.generator.v1.GenerateRequest;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Constraints of the contract; their bounds are checked here, what they say when they compile. */
final class ConstraintProtos {
  private static final int MAX_SCHEMA_BYTES = 65_536;
  private static final int MAX_REGEX_BYTES = 4_096;
  private static final int MAX_CHOICES = 1_024;
  private static final int MAX_CHOICE_BYTES = 65_536;

  private ConstraintProtos() {}

  /**
   * The shape that a request wants, null for any.
   *
   * @throws io.weft.runtime.error.WeftException.InvalidRequest naming the field, its limit and its
   *     value
   */
  static @Nullable ConstraintSpec constraint(GenerateRequest request) {
    if (!request.hasConstraint()) {
      return null;
    }
    if (request.getSampling().getNoRepeatNgramSize() > 0) {
      // It could forbid the only tokens that fit.
      throw Invalid.value(
          "sampling.no_repeat_ngram_size", "a constraint excludes no_repeat_ngram_size");
    }
    if (request.getSampling().hasBeamSearch()) {
      throw Invalid.value("sampling.beam_search", "a constraint excludes beam_search");
    }
    Constraint proto = request.getConstraint();
    return switch (proto.getKindCase()) {
      case JSON_SCHEMA ->
          new ConstraintSpec.JsonSchema(
              bounded("constraint.json_schema", proto.getJsonSchema(), MAX_SCHEMA_BYTES));
      case JSON_OBJECT -> new ConstraintSpec.JsonObject();
      case REGEX ->
          new ConstraintSpec.Regex(bounded("constraint.regex", proto.getRegex(), MAX_REGEX_BYTES));
      case CHOICE -> choice(proto.getChoice());
      case KIND_NOT_SET ->
          throw Invalid.value("constraint", "a constraint must have exactly one kind, it has none");
    };
  }

  private static ConstraintSpec choice(Choice proto) {
    int count = proto.getOptionsCount();
    Invalid.inRange("constraint.choice", count, 1, MAX_CHOICES);
    int bytes = 0;
    for (String option : proto.getOptionsList()) {
      if (option.isEmpty()) {
        throw Invalid.value("constraint.choice", "one of the texts of choice is empty");
      }
      bytes += option.getBytes(StandardCharsets.UTF_8).length;
    }
    Invalid.atMost("constraint.choice", "bytes of choice", bytes, MAX_CHOICE_BYTES);
    return new ConstraintSpec.Choice(proto.getOptionsList());
  }

  private static String bounded(String param, String text, int maxBytes) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > maxBytes) {
      throw Invalid.outOfRange(
          param,
          String.format(
              Locale.ROOT,
              "%s has %,d bytes, it must have between 1 and %,d",
              param.substring(param.indexOf('.') + 1),
              bytes,
              maxBytes));
    }
    return text;
  }
}
