package io.weft.importer.checkpoint;

/** The shape of a network, checked: one record an architecture. */
public sealed interface Architecture permits LlamaConfig, BertConfig {
  /** As in the manifest, {@code llama}. */
  String name();

  /** Rows of the embedding table. */
  int vocabularySize();

  /** Longest sequence in tokens. */
  int contextLength();

  /** Width of the hidden states. */
  int hiddenSize();

  int layers();

  int heads();

  int kvHeads();

  int headSize();
}
