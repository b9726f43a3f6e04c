package io.weft.gateway.input;

import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenizerClient;
import java.util.List;

/**
 * What a request gives as {@code prompt} or {@code input}: one or several texts, or one or several
 * lists of token ids.
 *
 * @param param the field's name
 * @param isList whether it was a list of them, so that errors name one by its index
 * @param values the texts or token ids, at least one, none empty
 */
public record Inputs(String param, boolean isList, Values values) implements ItemNames {
  /** Texts or token ids. */
  public sealed interface Values {
    /** How many. */
    int count();
  }

  /** Texts, still to be encoded. */
  public record Texts(List<String> texts) implements Values {
    public Texts {
      texts = List.copyOf(texts);
    }

    @Override
    public int count() {
      return texts.size();
    }

    /** Names the count only: texts are never logged. */
    @Override
    public String toString() {
      return texts.size() + " texts";
    }
  }

  /** Token ids, which are used as they are: special tokens are the caller's affair. */
  public record Tokens(List<TokenIds> sequences) implements Values {
    public Tokens {
      sequences = List.copyOf(sequences);
    }

    @Override
    public int count() {
      return sequences.size();
    }
  }

  /** {@code input}, or {@code input[3]} of a list. */
  @Override
  public String name(int index) {
    return new Names(param, isList).name(index);
  }

  /** All of them as texts, with one call to the tokenizer when they are token ids. */
  public List<String> texts(TokenizerClient tokenizer, String model) {
    return switch (values) {
      case Texts(List<String> texts) -> texts;
      case Tokens(List<TokenIds> sequences) -> tokenizer.decode(model, sequences, this);
    };
  }

  /**
   * All of them as sequences for an encoder, with one call to the tokenizer when they are texts.
   *
   * @param cut what happens to a text that is too long; token ids are never cut
   */
  public List<EncodedText> sequences(
      TokenizerClient tokenizer, String model, EncodeOptions.Cut cut) {
    return switch (values) {
      case Texts(List<String> texts) ->
          tokenizer.encode(
              model, texts.stream().map(TextPair::of).toList(), EncodeOptions.forModel(cut), this);
      case Tokens(List<TokenIds> sequences) -> sequences.stream().map(EncodedText::of).toList();
    };
  }

  /** All of them as token ids, with one call to the tokenizer when they are texts. */
  public List<TokenIds> encode(TokenizerClient tokenizer, String model) {
    return switch (values) {
      case Texts(List<String> texts) -> tokenizer.encode(model, texts, this);
      case Tokens(List<TokenIds> sequences) -> sequences;
    };
  }
}
