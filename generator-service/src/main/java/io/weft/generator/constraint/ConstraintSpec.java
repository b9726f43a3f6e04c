package io.weft.generator.constraint;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The shape that a request wants its text to have. */
public sealed interface ConstraintSpec {
  /** The field of the contract, for errors. */
  String param();

  /**
   * JSON that a schema describes.
   *
   * @param text the schema, itself JSON
   */
  record JsonSchema(String text) implements ConstraintSpec {
    @Override
    public String param() {
      return "constraint.json_schema";
    }

    /** Names no text of the request. */
    @Override
    public String toString() {
      return "JsonSchema[%d characters]".formatted(text.length());
    }
  }

  /** Any JSON object. */
  record JsonObject() implements ConstraintSpec {
    @Override
    public String param() {
      return "constraint.json_object";
    }
  }

  /** A text that a regular expression matches as a whole. */
  record Regex(String pattern) implements ConstraintSpec {
    @Override
    public String param() {
      return "constraint.regex";
    }

    /** Names no text of the request. */
    @Override
    public String toString() {
      return "Regex[%d characters]".formatted(pattern.length());
    }
  }

  /**
   * One of several texts.
   *
   * @param options at least one
   */
  record Choice(List<String> options) implements ConstraintSpec {
    public Choice {
      options = List.copyOf(options);
    }

    @Override
    public String param() {
      return "constraint.choice";
    }

    /** Names no text of the request. */
    @Override
    public String toString() {
      return "Choice[%d options]".formatted(options.size());
    }
  }

  /** SHA-256 of all that this says: what a compiled constraint is kept under. */
  default String key() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    update(digest, param());
    switch (this) {
      case JsonSchema schema -> update(digest, schema.text());
      case JsonObject _ -> {}
      case Regex regex -> update(digest, regex.pattern());
      case Choice choice -> choice.options().forEach(option -> update(digest, option));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The length comes first, so that parts cannot run into each other. */
  private static void update(MessageDigest digest, String part) {
    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
    digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
    digest.update(bytes);
  }
}
