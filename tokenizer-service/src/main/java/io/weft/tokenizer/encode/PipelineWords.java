package io.weft.tokenizer.encode;

import io.weft.tokenizer.vocabulary.Vocabulary;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Numbers words as transformers' TokenClassificationPipeline sees them ({@code
 * gather_pre_entities}): it knows a token that continues a word by its spelling where the model
 * marks such tokens, and by the spaces of the text where it does not.
 *
 * @param vocabulary the model's tokens
 */
public record PipelineWords(Vocabulary vocabulary) {
  /**
   * The same tokens with the pipeline's words; those of each text from 0.
   *
   * @param tokens with spans in code points
   */
  Tokens number(Tokens tokens, TextItem item) {
    int[] spans = tokens.spans();
    if (spans == null) {
      throw new IllegalArgumentException("words are numbered by the tokens' spans");
    }
    int[] first = item.text().codePoints().toArray();
    int @Nullable [] second = item.pair() == null ? null : item.pair().codePoints().toArray();
    int[] words = new int[tokens.length()];
    Arrays.fill(words, -1);
    int[] last = {-1, -1};
    for (int i = 0; i < words.length; i++) {
      int sequence = tokens.sequences()[i];
      int[] text = sequence == 0 ? first : sequence == 1 ? second : null;
      if (text == null) {
        continue;
      }
      boolean continues = continues(tokens.ids()[i], text, spans[2 * i], spans[2 * i + 1]);
      if (!continues || last[sequence] < 0) {
        last[sequence]++;
      }
      words[i] = last[sequence];
    }
    return new Tokens(tokens.ids(), tokens.typeIds(), tokens.sequences(), words, spans);
  }

  private boolean continues(int id, int[] text, int start, int end) {
    if (vocabulary.unknown(id)) {
      return false;
    }
    if (vocabulary.marksContinuations()) {
      String token = String.valueOf(vocabulary.token(id));
      return token.codePointCount(0, token.length()) != end - start;
    }
    return start > 0 && text[start - 1] != ' ' && (start == text.length || text[start] != ' ');
  }
}
