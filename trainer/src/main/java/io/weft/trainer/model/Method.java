package io.weft.trainer.model;

/** Which weights are trained. */
public sealed interface Method {
  /** All. */
  record Full() implements Method {}

  /** Those of the head; the encoder stays as it is, and computes without dropout. */
  record HeadOnly() implements Method {}

  /**
   * Those of the head, and a product of two thin matrices beside each query and value projection,
   * which is added to it in the end (Hu et al. 2021, arXiv:2106.09685).
   *
   * @param rank width of the thin matrices, 1 to 256
   * @param alpha their product is scaled by alpha / rank; more than 0
   */
  record Lora(int rank, double alpha) implements Method {
    float scale() {
      return (float) (alpha / rank);
    }
  }
}
