package io.weft.importer.graph;

/** Writes the graph of one architecture; one implementation an architecture. */
sealed interface ArchitectureGraph
    permits LlamaGraph,
        Gpt2Graph,
        GptNeoXGraph,
        T5EncoderGraph,
        T5DecoderGraph,
        BertGraph,
        ModernBertGraph {
  /** Adds inputs, weights, nodes and outputs. */
  void build();

  /**
   * Whether a tensor of the checkpoint may stay unused. Any other that stays unused is an error:
   * leaving out a weight that the graph does not know would give wrong results silently.
   */
  boolean ignores(String tensor);
}
