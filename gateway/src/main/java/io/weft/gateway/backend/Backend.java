package io.weft.gateway.backend;

/** A service behind the gateway. */
public enum Backend {
  /** Text to token ids. */
  TOKENIZER("tokenizer"),
  /** Token ids to vectors. */
  ENCODER("encoder"),
  /** Token ids to more token ids and text. */
  GENERATOR("generator");

  private final String text;

  Backend(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
