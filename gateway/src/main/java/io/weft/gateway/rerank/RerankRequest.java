package io.weft.gateway.rerank;

import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.input.TextList;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A valid request to order documents.
 *
 * @param model as the client named it
 * @param query what they are held against
 * @param documents 1 to 2,048 texts
 * @param topN how many to answer, at least 1
 * @param returnDocuments whether their texts are answered too
 * @param cut what happens to a document that is too long
 */
record RerankRequest(
    String model,
    String query,
    List<String> documents,
    int topN,
    boolean returnDocuments,
    Cut cut) {
  private static final int MAX_DOCUMENTS = 2_048;

  /** Reads a body. Fields that are not known are ignored. */
  static RerankRequest read(InputStream body) {
    Fields fields = new Fields();
    JsonReader.readBody(body, fields::take);
    return fields.request();
  }

  /** The query beside each document. */
  List<TextPair> pairs() {
    return documents.stream().map(document -> new TextPair(query, document)).toList();
  }

  /** Says only how many: texts are never logged. */
  @Override
  public String toString() {
    return documents.size() + " documents";
  }

  private static final class Fields {
    private @Nullable String model;
    private @Nullable String query;
    private @Nullable List<String> documents;
    private int topN = Integer.MAX_VALUE;
    private boolean returnDocuments;
    private Cut cut = Cut.NONE;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "query" -> query = TextList.text(value);
        case "documents" -> documents = TextList.read(value, MAX_DOCUMENTS, Fields::document);
        case "top_n" -> topN = value.integer(1, Integer.MAX_VALUE);
        case "return_documents" -> returnDocuments = value.bool();
        case "truncate" -> cut = value.bool() ? Cut.END : Cut.NONE;
        default -> value.skip();
      }
    }

    /** A string, or an object with the field {@code text}. */
    private static String document(JsonReader value) {
      if (value.isString()) {
        return TextList.text(value);
      }
      String param = value.path();
      List<String> texts = new ArrayList<>(1);
      value.object(
          (name, field) -> {
            if (name.equals("text")) {
              texts.add(TextList.text(field));
            } else {
              field.skip();
            }
          });
      if (texts.isEmpty()) {
        throw Invalid.missing(param + ".text");
      }
      return texts.getLast();
    }

    private RerankRequest request() {
      if (model == null) {
        throw Invalid.missing("model");
      }
      if (query == null) {
        throw Invalid.missing("query");
      }
      if (documents == null) {
        throw Invalid.missing("documents");
      }
      return new RerankRequest(model, query, documents, topN, returnDocuments, cut);
    }
  }
}
