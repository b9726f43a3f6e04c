package io.weft.tokenizer.vocabulary;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks a {@code tokenizer.json} before the native library sees it. That library trusts its files:
 * some faults make it abort the whole process, not now but at the first text that meets them, and a
 * wrong id it simply hands out. So all that it can be given is known here.
 */
final class TokenizerCheck {
  private static final Set<String> NORMALIZERS =
      Set.of(
          "BertNormalizer",
          "NFC",
          "NFD",
          "NFKC",
          "NFKD",
          "Nmt",
          "Precompiled",
          "Lowercase",
          "StripAccents",
          "Strip",
          "Replace",
          "Prepend",
          "Sequence");
  private static final Set<String> PRE_TOKENIZERS =
      Set.of(
          "ByteLevel",
          "BertPreTokenizer",
          "Digits",
          "Metaspace",
          "Split",
          "Whitespace",
          "WhitespaceSplit",
          "Punctuation",
          "Sequence");
  private static final Set<String> POST_PROCESSORS =
      Set.of("TemplateProcessing", "BertProcessing", "RobertaProcessing", "ByteLevel", "Sequence");
  private static final int DEPTH = 8;

  private final TokenizerFile file;
  private final Vocabulary vocabulary;

  private TokenizerCheck(TokenizerFile file, Vocabulary vocabulary) {
    this.file = file;
    this.vocabulary = vocabulary;
  }

  /**
   * Checks the parts of a tokenizer against its vocabulary.
   *
   * @throws IllegalArgumentException naming what is wrong or not supported
   */
  static void check(TokenizerFile file, Vocabulary vocabulary) {
    new TokenizerCheck(file, vocabulary).run();
  }

  private void run() {
    TokenizerFile.Model model = file.model();
    if (isPresent(model.endOfWordSuffix()) || isPositive(model.dropout())) {
      throw unsupported("end_of_word_suffix and dropout are not supported");
    }
    if ("BPE".equals(model.type()) && isPresent(model.continuingSubwordPrefix())) {
      throw unsupported("continuing_subword_prefix is not supported for BPE");
    }
    String unknown = model.unkToken();
    if (unknown != null && vocabulary.id(unknown).isEmpty()) {
      throw new IllegalArgumentException(
          "the unknown token '%s' is not in the vocabulary".formatted(unknown));
    }
    if ("WordPiece".equals(model.type()) && unknown == null) {
      throw new IllegalArgumentException("WordPiece needs an \"unk_token\"");
    }
    Integer unknownId = model.unkId();
    if ("Unigram".equals(model.type())
        && (unknownId == null || unknownId < 0 || unknownId >= model.ids().size())) {
      throw new IllegalArgumentException(
          "\"unk_id\" is %s, it must lie in [0, %,d)".formatted(unknownId, model.ids().size()));
    }
    part(file.normalizer(), "normalizer", "normalizers", NORMALIZERS, 0);
    part(file.preTokenizer(), "pre_tokenizer", "pretokenizers", PRE_TOKENIZERS, 0);
    part(file.postProcessor(), "post_processor", "processors", POST_PROCESSORS, 0);
  }

  private void part(
      @Nullable JsonNode node, String name, String children, Set<String> known, int depth) {
    if (node == null || node.isNull()) {
      return;
    }
    String type = node.path("type").asText();
    if (!known.contains(type)) {
      throw unsupported("%s '%s' is not supported".formatted(name, type));
    }
    if (depth > DEPTH) {
      throw new IllegalArgumentException("%s is nested more than %d deep".formatted(name, DEPTH));
    }
    switch (type) {
      case "Sequence" ->
          node.path(children).forEach(child -> part(child, name, children, known, depth + 1));
      case "TemplateProcessing" -> template(node);
      case "Precompiled" -> CharsMap.check(node.path("precompiled_charsmap"));
      case "Metaspace" -> Decoders.mark(node);
      case "BertProcessing", "RobertaProcessing" -> {
        pair(node.path("cls"));
        pair(node.path("sep"));
      }
      default -> {}
    }
  }

  /** A token and its id, as {@code ["[CLS]", 101]}. */
  private void pair(JsonNode node) {
    token(node.path(0).asText(), node.path(1).asInt(-1));
  }

  private void template(JsonNode node) {
    for (Map.Entry<String, JsonNode> special : node.path("special_tokens").properties()) {
      JsonNode ids = special.getValue().path("ids");
      JsonNode tokens = special.getValue().path("tokens");
      if (ids.isEmpty() || ids.size() != tokens.size()) {
        throw new IllegalArgumentException(
            "special token '%s' of the template has %d ids and %d tokens"
                .formatted(special.getKey(), ids.size(), tokens.size()));
      }
      for (int i = 0; i < ids.size(); i++) {
        token(tokens.path(i).asText(), ids.path(i).asInt(-1));
      }
    }
    pieces(node, "single", List.of("A"));
    pieces(node, "pair", List.of("A", "B"));
  }

  /** A template holds each of its sequences once, and only special tokens that it defines. */
  private static void pieces(JsonNode template, String name, List<String> sequences) {
    List<String> found =
        template.path(name).findValues("Sequence").stream()
            .map(s -> s.path("id").asText())
            .toList();
    if (!found.stream().sorted().toList().equals(sequences)) {
      throw new IllegalArgumentException(
          "the template \"%s\" holds the sequences %s, not %s".formatted(name, found, sequences));
    }
    for (JsonNode special : template.path(name).findValues("SpecialToken")) {
      String id = special.path("id").asText();
      if (!template.path("special_tokens").has(id)) {
        throw new IllegalArgumentException(
            "the template \"%s\" uses '%s', which it does not define".formatted(name, id));
      }
    }
  }

  private void token(String content, int id) {
    if (vocabulary.id(content).orElse(-1) != id || id < 0) {
      throw new IllegalArgumentException(
          "the post_processor says that '%s' has id %d; the vocabulary does not"
              .formatted(content, id));
    }
  }

  private static boolean isPresent(@Nullable String text) {
    return text != null && !text.isEmpty();
  }

  private static boolean isPositive(@Nullable Double number) {
    return number != null && number > 0;
  }

  static IllegalArgumentException unsupported(String what) {
    return new IllegalArgumentException(what + " by this version");
  }
}
