package io.weft.importer.graph;

import io.weft.importer.checkpoint.T5Config;
import io.weft.importer.checkpoint.Tensor;
import io.weft.importer.error.ImportException;
import java.util.List;

/**
 * The token table of T5, which encoder and decoder share. Checkpoints hold it under one of several
 * names, or under more than one.
 */
final class T5Table {
  private static final List<String> NAMES =
      List.of("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight");
  private static final String HEAD = "lm_head.weight";

  private T5Table() {}

  /** The name that the checkpoint has the table under. */
  static String name(Layers layers, T5Config config) {
    for (String name : NAMES) {
      if (layers.has(name)) {
        return name;
      }
    }
    return config.tiedHead() && layers.has(HEAD) ? HEAD : NAMES.getFirst();
  }

  /** The name of the output layer's weights. */
  static String headName(Layers layers, T5Config config) {
    return layers.headName(config.tiedHead(), name(layers, config), HEAD);
  }

  /**
   * Checks that all copies of the table are alike: the graphs use one of them.
   *
   * @throws ImportException when one differs
   */
  static void checkCopies(Layers layers, T5Config config) {
    String first = name(layers, config);
    Tensor table = layers.take(first, config.vocabularySize(), config.hiddenSize());
    for (String name : NAMES) {
      if (!name.equals(first) && layers.has(name)) {
        Tensor copy = layers.take(name, config.vocabularySize(), config.hiddenSize());
        if (!copy.hasContentOf(table)) {
          throw new ImportException(
              "tensor %s differs from %s; encoder and decoder of this architecture share one table"
                  .formatted(name, first));
        }
      }
    }
  }

  /** Whether a tensor is another copy of the table, which a tied head is too. */
  static boolean isCopy(String tensor, T5Config config) {
    return NAMES.contains(tensor) || (config.tiedHead() && tensor.equals(HEAD));
  }
}
