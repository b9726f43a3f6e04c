package io.weft.gateway.fake;

import io.weft.proto.common.v1.TextSpan;
import io.weft.proto.tokenizer.v1.EncodeRequest;
import io.weft.proto.tokenizer.v1.Encoding;
import io.weft.proto.tokenizer.v1.TextInput;
import io.weft.proto.tokenizer.v1.Truncation;
import io.weft.proto.tokenizer.v1.TruncationSide;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts as the fake tokenizer cuts them: one token a word, whose id is the word's length; the word
 * "[MASK]" is 103, and "misplaced" stands where no text is. Where tokens are described there is a
 * special token 101 before them.
 */
final class FakeEncoding {
  /** Longest sequence after truncation, unless the request says less. */
  private static final int CONTEXT = 8;

  private FakeEncoding() {}

  private record Token(int id, String text, int start, int end, int sequence, int word) {
    private boolean special() {
      return sequence < 0;
    }
  }

  static int id(String word) {
    return word.equals("[MASK]") ? 103 : word.length();
  }

  static Encoding of(TextInput input, EncodeRequest request) {
    List<Token> head = new ArrayList<>();
    if (request.getReturnTokens() && request.getAddSpecialTokens()) {
      head.add(new Token(101, "[CLS]", 0, 0, -1, -1));
    }
    List<Token> first = words(input.getText(), 0);
    List<Token> second = input.hasPair() ? words(input.getPair(), 1) : List.of();
    Truncation truncation = request.getTruncation();
    if (truncation.getReturnOverflow()) {
      head.addAll(first);
      return windows(head, second, truncation, request);
    }
    List<Token> all = new ArrayList<>(head);
    all.addAll(first);
    all.addAll(second);
    if (request.hasTruncation() && all.size() > CONTEXT) {
      boolean left = truncation.getSide() == TruncationSide.TRUNCATION_SIDE_LEFT;
      int from = left ? all.size() - CONTEXT : 0;
      all = all.subList(from, from + CONTEXT);
    }
    return encoding(all, request).build();
  }

  /** The first text before as much of the second as fits, and further windows over the rest. */
  private static Encoding windows(
      List<Token> head, List<Token> second, Truncation truncation, EncodeRequest request) {
    int room = Math.min(truncation.getMaxTokens(), CONTEXT) - head.size();
    Encoding.Builder whole = null;
    for (int from = 0; whole == null || from < second.size(); ) {
      int to = Math.min(second.size(), from + room);
      List<Token> window = new ArrayList<>(head);
      window.addAll(second.subList(from, to));
      Encoding.Builder encoding = encoding(window, request);
      if (whole == null) {
        whole = encoding;
      } else {
        whole.addOverflow(encoding);
      }
      from = to == second.size() ? to : to - truncation.getStride();
    }
    return whole.build();
  }

  private static List<Token> words(String text, int sequence) {
    List<Token> tokens = new ArrayList<>();
    int start = 0;
    for (String word : text.split(" ")) {
      int end = start + (word.equals("misplaced") ? 99 : word.codePointCount(0, word.length()));
      tokens.add(new Token(id(word), "##" + word, start, end, sequence, tokens.size()));
      start = end + 1;
    }
    return tokens;
  }

  private static Encoding.Builder encoding(List<Token> tokens, EncodeRequest request) {
    Encoding.Builder encoding = Encoding.newBuilder().setTokenCount(tokens.size());
    for (Token token : tokens) {
      encoding.addIds(token.id()).addTypeIds(Math.max(0, token.sequence()));
      encoding.addSpecialTokensMask(token.special() ? 1 : 0);
      if (request.getReturnTokens()) {
        encoding.addTokens(token.text());
      }
      if (request.getReturnWordIds()) {
        encoding.addWordIds(token.word());
      }
      if (request.getReturnOffsets()) {
        encoding.addOffsets(TextSpan.newBuilder().setStart(token.start()).setEnd(token.end()));
        encoding.addSequenceIds(token.sequence());
      }
    }
    return encoding;
  }
}
