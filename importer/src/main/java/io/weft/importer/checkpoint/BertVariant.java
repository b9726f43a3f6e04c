package io.weft.importer.checkpoint;

/**
 * The architectures that compute as BERT does: learned absolute positions, normalisation after each
 * block. They differ in the names of their tensors and in their heads; MPNet adds a bias by
 * relative position to attention.
 */
public enum BertVariant {
  BERT("bert", "cls.predictions.transform.dense.weight"),
  ROBERTA("roberta", "lm_head.dense.weight"),
  XLM_ROBERTA("xlm-roberta", "lm_head.dense.weight"),
  DISTILBERT("distilbert", "vocab_transform.weight"),
  ELECTRA("electra", "generator_predictions.dense.weight"),
  MPNET("mpnet", "lm_head.dense.weight");

  private final String modelType;
  private final String maskedHead;

  BertVariant(String modelType, String maskedHead) {
    this.modelType = modelType;
    this.maskedHead = maskedHead;
  }

  /** As config.json calls it, {@code xlm-roberta}. */
  public String modelType() {
    return modelType;
  }

  /** A tensor that every masked language model of this architecture has. */
  String maskedHead() {
    return maskedHead;
  }
}
