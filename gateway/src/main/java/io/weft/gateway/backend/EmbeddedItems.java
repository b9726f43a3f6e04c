package io.weft.gateway.backend;

import java.util.List;

/**
 * What became of the sequences of a batch that was to be embedded.
 *
 * @param vectors in the order of the sequences
 * @param pooling how token vectors became one: {@code mean}, {@code cls}, ...; empty when the
 *     encoder does not say
 * @param normalized whether they have length 1
 */
public record EmbeddedItems(
    List<ItemOutcome<EmbeddedTexts.Vector>> vectors, String pooling, boolean normalized) {
  public EmbeddedItems {
    vectors = List.copyOf(vectors);
  }
}
