package io.weft.importer.quantize;

/** What a matrix does in the network, as far as its number format goes. */
public enum WeightRole {
  /** A linear layer. */
  LINEAR,
  /** A linear layer where 4 bits would cost the model much of its quality. */
  SENSITIVE,
  /** The layer that scores the vocabulary. */
  HEAD,
  /** The table of token vectors. */
  EMBEDDING
}
