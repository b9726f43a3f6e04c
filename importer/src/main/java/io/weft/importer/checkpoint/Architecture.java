package io.weft.importer.checkpoint;

import io.weft.runtime.model.Family;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The shape of a network, checked: one record an architecture. */
public sealed interface Architecture
    permits LlamaConfig, Gpt2Config, GptNeoXConfig, T5Config, EncoderArchitecture {
  /** As in the manifest, {@code llama}. */
  String name();

  Family family();

  /** What the model can be asked for, as in the manifest. */
  List<String> tasks();

  /** Names of a classification head's outputs, by index; empty without one. */
  default List<String> labels() {
    return List.of();
  }

  /** How a classification head was trained, as in the manifest; null without one. */
  default @Nullable String problemType() {
    return null;
  }

  /** What makes a pair's score of a classification head's logit, as in the manifest. */
  default @Nullable String activationOfPairs() {
    return null;
  }

  /** Rows of the embedding table. */
  int vocabularySize();

  /** Longest sequence in tokens. */
  int contextLength();

  /** Width of the hidden states. */
  int hiddenSize();

  int layers();

  int heads();

  /** Heads of keys and values, which several of the others may share. */
  default int kvHeads() {
    return heads();
  }

  /** Width of a head. */
  default int headSize() {
    return hiddenSize() / heads();
  }
}
