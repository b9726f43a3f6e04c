package io.weft.gateway.backend;

import java.util.List;

/**
 * A model that a backend has loaded.
 *
 * @param name as requests give it
 * @param family {@code encoder}, {@code decoder} or {@code encoder-decoder}
 * @param tasks what it can be asked for: {@code generate}, {@code embed}, ...
 * @param dtype number format of the weights
 * @param contextLength longest sequence, prompt and output together, in tokens; of an
 *     encoder-decoder, longest prompt and longest output each
 * @param vocabularyHash lower-case hex SHA-256 of its vocabulary; empty when not known
 * @param createdUnixS when the model folder was made, seconds since 1970-01-01 UTC
 * @param labels names of a classification head's outputs, by index; empty without one
 * @param pooling how it makes one vector of a text's unless a request says otherwise; empty where
 *     it does not embed
 * @param encoder what only encoders have; all zero for others
 */
public record ModelDescription(
    String name,
    String family,
    List<String> tasks,
    String dtype,
    int contextLength,
    String vocabularyHash,
    long createdUnixS,
    List<String> labels,
    String pooling,
    EncoderTraits encoder) {
  public ModelDescription {
    tasks = List.copyOf(tasks);
    labels = List.copyOf(labels);
  }
}
