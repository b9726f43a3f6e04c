package io.weft.gateway.tei;

import io.weft.gateway.backend.TextPair;
import io.weft.gateway.input.TextList;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A valid request to {@code /similarity}.
 *
 * @param fields model and truncation, the latter from {@code parameters}
 * @param source the sentence that the others are compared with
 * @param sentences 1 to 2,047
 */
record TeiSimilarityRequest(TeiFields fields, String source, List<String> sentences) {
  /** Reads a body. Fields that are not known are ignored. */
  static TeiSimilarityRequest read(InputStream body) {
    Reader reader = new Reader();
    JsonReader.readBody(body, reader::take);
    return reader.request();
  }

  /** The source beside each sentence. */
  List<TextPair> pairs() {
    return sentences.stream().map(sentence -> new TextPair(source, sentence)).toList();
  }

  /** Says only how many: texts are never logged. */
  @Override
  public String toString() {
    return sentences.size() + " sentences";
  }

  private static final class Reader {
    private final TeiFields fields = new TeiFields();
    private @Nullable String source;
    private @Nullable List<String> sentences;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "inputs" -> value.object(this::takeInput);
        case "parameters" -> value.object(fields::take);
        default -> fields.take(name, value);
      }
    }

    private void takeInput(String name, JsonReader value) {
      switch (name) {
        case "source_sentence" -> source = TextList.text(value);
        case "sentences" -> sentences = TextList.read(value, TeiFields.MAX_INPUTS - 1);
        default -> value.skip();
      }
    }

    private TeiSimilarityRequest request() {
      if (source == null) {
        throw Invalid.missing("inputs.source_sentence");
      }
      if (sentences == null) {
        throw Invalid.missing("inputs.sentences");
      }
      return new TeiSimilarityRequest(fields, source, sentences);
    }
  }
}
