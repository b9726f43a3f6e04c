package io.weft.importer.checkpoint;

import io.weft.importer.error.ImportException;

/** A function applied to every value between two linear layers. */
public enum Activation {
  /** x Φ(x), with the error function. */
  GELU,
  /** GELU with the tanh in place of the error function. */
  GELU_TANH,
  RELU,
  /** x sigmoid(x). */
  SILU,
  TANH;

  /** Reads a field of config.json, by the names of transformers' {@code activations.py}. */
  static Activation read(ConfigJson config, String field, String otherwise) {
    String name = config.text(field, otherwise);
    return switch (name) {
      case "gelu" -> GELU;
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast" -> GELU_TANH;
      case "relu" -> RELU;
      case "silu", "swish" -> SILU;
      case "tanh" -> TANH;
      default ->
          throw new ImportException(
              ("config.json: %s '%s' is not supported; supported: gelu, gelu_new,"
                      + " gelu_pytorch_tanh, gelu_fast, relu, silu, swish, tanh")
                  .formatted(field, name));
    };
  }
}
