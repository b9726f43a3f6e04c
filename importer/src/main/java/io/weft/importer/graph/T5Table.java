package io.weft.importer.graph;

import java.util.List;

/**
 * The token tables of T5. Encoder, decoder and output layer share one, which checkpoints hold under
 * one or more of their names; where one of the three has other values of its own, it uses those, as
 * in transformers since version 5, which ties them whatever {@code tie_word_embeddings} says.
 */
final class T5Table {
  private static final String SHARED = "shared.weight";
  private static final String ENCODER = "encoder.embed_tokens.weight";
  private static final String DECODER = "decoder.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";

  /** In the order in which transformers looks for the shared one. */
  private static final List<String> NAMES = List.of(SHARED, ENCODER, DECODER, HEAD);

  private T5Table() {}

  /** The name of the encoder's table. */
  static String ofEncoder(Layers layers) {
    return of(layers, ENCODER);
  }

  /** The name of the decoder's table. */
  static String ofDecoder(Layers layers) {
    return of(layers, DECODER);
  }

  /** The name of the output layer's weights. */
  static String ofHead(Layers layers) {
    return of(layers, HEAD);
  }

  private static String of(Layers layers, String own) {
    String shared = NAMES.stream().filter(layers::has).findFirst().orElse(SHARED);
    return layers.headName(true, shared, own);
  }

  /** Whether a tensor that no graph uses is another copy of one that is used. */
  static boolean isCopy(String tensor) {
    return NAMES.contains(tensor);
  }
}
