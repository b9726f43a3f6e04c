package io.weft.gateway.models;

import io.weft.gateway.backend.EncoderTraits;
import io.weft.gateway.backend.ModelDescription;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A model that a request named.
 *
 * @param name its real name, also when the request said {@code default}
 * @param contextLength longest sequence, prompt and output together, in tokens; of an
 *     encoder-decoder, longest prompt and longest output each
 * @param longestPrompt most tokens of a prompt
 * @param vocabularyHash of the tokenizer that makes its prompts; empty when not known
 * @param fingerprint changes when the model behind the name does
 * @param tasks what it can be asked for
 * @param labels names of a classification head's outputs, by index; empty without one
 * @param dtype number format of its weights
 * @param pooling how it makes one vector of a text's; empty where it does not embed
 * @param encoder what only encoders have; all zero for others
 */
public record Model(
    String name,
    int contextLength,
    int longestPrompt,
    String vocabularyHash,
    String fingerprint,
    List<String> tasks,
    List<String> labels,
    String dtype,
    String pooling,
    EncoderTraits encoder) {
  private static final String ENCODER_DECODER = "encoder-decoder";

  private static final String CLASSIFY = "classify";

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
                    model.name(), model.dtype(), model.vocabularyHash(), model.createdUnixS())),
        model.tasks(),
        model.labels(),
        model.dtype(),
        model.pooling(),
        model.encoder());
  }

  /** Whether it scores pairs: a classifier with one label. */
  public boolean isReranker() {
    return tasks.contains(CLASSIFY) && labels.size() == 1;
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
