package io.weft.gateway.backend;

import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.tokenizer.v1.EncodeRequest;
import io.weft.proto.tokenizer.v1.Encoding;
import io.weft.proto.tokenizer.v1.TextInput;
import io.weft.proto.tokenizer.v1.Truncation;
import io.weft.proto.tokenizer.v1.TruncationSide;
import io.weft.proto.tokenizer.v1.TruncationStrategy;
import io.weft.proto.tokenizer.v1.WordRule;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Between the tokenizer's messages and our own types. */
final class TokenizerProtos {
  private TokenizerProtos() {}

  static EncodeRequest encodeRequest(String model, List<TextPair> texts, EncodeOptions options) {
    boolean detailed = options.detail() != EncodeOptions.Detail.IDS;
    EncodeRequest.Builder request =
        EncodeRequest.newBuilder()
            .setModel(model)
            .setAddSpecialTokens(options.specialTokens())
            .setReturnOffsets(detailed)
            .setReturnTokens(detailed)
            .setReturnWordIds(detailed);
    if (options.detail() == EncodeOptions.Detail.TOKENS_OF_PIPELINE_WORDS) {
      request.setWordRule(WordRule.WORD_RULE_PIPELINE);
    }
    truncation(options).ifPresent(request::setTruncation);
    for (TextPair text : texts) {
      TextInput.Builder input = TextInput.newBuilder().setText(text.text());
      if (text.pair() != null) {
        input.setPair(text.pair());
      }
      request.addInputs(input);
    }
    return request.build();
  }

  private static Optional<Truncation> truncation(EncodeOptions options) {
    EncodeOptions.Windows windows = options.windows();
    if (windows != null) {
      return Optional.of(
          Truncation.newBuilder()
              .setStrategy(TruncationStrategy.TRUNCATION_STRATEGY_ONLY_SECOND)
              .setMaxTokens(windows.maxTokens())
              .setStride(windows.stride())
              .setReturnOverflow(true)
              .build());
    }
    return switch (options.cut()) {
      case NONE -> Optional.empty();
      case END -> Optional.of(longestFirst(TruncationSide.TRUNCATION_SIDE_RIGHT));
      case START -> Optional.of(longestFirst(TruncationSide.TRUNCATION_SIDE_LEFT));
    };
  }

  private static Truncation longestFirst(TruncationSide side) {
    return Truncation.newBuilder()
        .setStrategy(TruncationStrategy.TRUNCATION_STRATEGY_LONGEST_FIRST)
        .setSide(side)
        .build();
  }

  /** The sequence, and behind it the further windows over what was cut of it. */
  static List<EncodedText> windows(Encoding encoding) {
    List<EncodedText> windows = new ArrayList<>(1 + encoding.getOverflowCount());
    windows.add(encodedText(encoding, true));
    encoding.getOverflowList().forEach(window -> windows.add(encodedText(window, true)));
    return windows;
  }

  static EncodedText encodedText(Encoding encoding, boolean withTokens) {
    return new EncodedText(
        TokenIds.of(encoding.getIdsList()),
        typeIds(encoding),
        withTokens ? tokens(encoding) : List.of());
  }

  /** None where all tokens are of the first segment, which saves sending them on. */
  private static TokenIds typeIds(Encoding encoding) {
    for (int i = 0; i < encoding.getTypeIdsCount(); i++) {
      if (encoding.getTypeIds(i) != 0) {
        return TokenIds.of(encoding.getTypeIdsList());
      }
    }
    return TokenIds.of();
  }

  private static List<EncodedText.Token> tokens(Encoding encoding) {
    int count = encoding.getIdsCount();
    if (encoding.getTokensCount() != count
        || encoding.getOffsetsCount() != count
        || encoding.getSpecialTokensMaskCount() != count
        || encoding.getSequenceIdsCount() != count
        || encoding.getWordIdsCount() != count) {
      throw new WeftException.Internal(
          "the tokenizer gave %,d ids with %,d tokens, %,d offsets, %,d sequences, %,d words and a mask of %,d"
              .formatted(
                  count,
                  encoding.getTokensCount(),
                  encoding.getOffsetsCount(),
                  encoding.getSequenceIdsCount(),
                  encoding.getWordIdsCount(),
                  encoding.getSpecialTokensMaskCount()),
          null);
    }
    List<EncodedText.Token> tokens = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      TextSpan span = encoding.getOffsets(i);
      tokens.add(
          new EncodedText.Token(
              encoding.getIds(i),
              encoding.getTokens(i),
              encoding.getSpecialTokensMask(i) == 1
                  ? null
                  : new EncodedText.Span(span.getStart(), span.getEnd()),
              encoding.getSequenceIds(i),
              encoding.getWordIds(i)));
    }
    return tokens;
  }
}
