package io.weft.gateway.models;

import io.weft.gateway.backend.ModelDescription;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A model that a request named.
 *
 * @param name its real name, also when the request said {@code default}
 * @param contextLength longest sequence, prompt and output together, in tokens; of an
 *     encoder-decoder, longest prompt and longest output each
 * @param longestPrompt most tokens of a prompt
 * @param vocabularyHash of the tokenizer that makes its prompts; empty when not known
 * @param fingerprint changes when the model behind the name does
 */
public record Model(
    String name, int contextLength, int longestPrompt, String vocabularyHash, String fingerprint) {
  private static final String ENCODER_DECODER = "encoder-decoder";

  private static final int FINGERPRINT_BYTES = 5;

  static Model of(ModelDescription model, String vocabularyHash) {
    return new Model(
        model.name(),
        model.contextLength(),
        // A decoder needs room for one token behind it; an encoder's input has its own.
        model.family().equals(ENCODER_DECODER) ? model.contextLength() : model.contextLength() - 1,
        vocabularyHash,
        fingerprint(
            "%s|%s|%s|%d"
                .formatted(
                    model.name(), model.dtype(), model.vocabularyHash(), model.createdUnixS())));
  }

  private static String fingerprint(String identity) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
      return "fp_" + HexFormat.of().formatHex(hash, 0, FINGERPRINT_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
