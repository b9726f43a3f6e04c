package io.weft.runtime.model;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What kind of graph a model folder holds. */
public enum Family {
  /** BERT-style: a whole sequence in, one state a token out. */
  @JsonProperty("encoder")
  ENCODER("encoder"),
  /** GPT-style: continues a sequence token by token. */
  @JsonProperty("decoder")
  DECODER("decoder"),
  /** T5-style: a decoder that attends to an encoded input. */
  @JsonProperty("encoder-decoder")
  ENCODER_DECODER("encoder-decoder");

  private final String text;

  Family(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
