package io.weft.tokenizer.model;

import io.weft.runtime.model.ModelFolder;
import io.weft.tokenizer.chat.ChatTemplate;
import io.weft.tokenizer.chat.TemplateException;
import io.weft.tokenizer.chat.TemplateLimits;
import io.weft.tokenizer.encode.NativeTokenizer;
import io.weft.tokenizer.encode.TokenFields;
import io.weft.tokenizer.encode.Tokens;
import io.weft.tokenizer.vocabulary.Detokenizer;
import io.weft.tokenizer.vocabulary.Vocabulary;
import io.weft.tokenizer.vocabulary.VocabularyReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Loads the tokenizer of a model folder, and proves it before anyone uses it. */
public final class TokenizerLoader {
  private static final Logger LOG = Logger.getLogger(TokenizerLoader.class);
  private static final long MAX_FILE_BYTES = 256L << 20;

  private final TemplateLimits limits;

  /**
   * @param limits what chat templates may use up
   */
  public TokenizerLoader(TemplateLimits limits) {
    this.limits = limits;
  }

  /**
   * Loads a folder's {@code tokenizer.json} and {@code chat_template.jinja}.
   *
   * @throws IllegalArgumentException naming the file and what is wrong with it
   */
  public TokenizerModel load(ModelFolder folder) {
    String json = read(folder.tokenizer());
    Vocabulary vocabulary;
    NativeTokenizer tokenizer;
    try {
      vocabulary = VocabularyReader.read(json, folder.manifest().vocabularySize());
      tokenizer = NativeTokenizer.open(json);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "cannot use %s: %s".formatted(folder.tokenizer(), e.getMessage()), e);
    }
    TokenizerModel model;
    try {
      prove(folder.tokenizer(), vocabulary, tokenizer);
      model = new TokenizerModel(folder.manifest(), vocabulary, tokenizer, template(folder));
    } catch (IllegalArgumentException e) {
      tokenizer.close();
      throw e;
    }
    warmUp(model);
    return model;
  }

  private static String read(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_FILE_BYTES) {
        throw new IllegalArgumentException(
            "%s has %,d bytes > %,d".formatted(file, size, MAX_FILE_BYTES));
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /**
   * Decodes every id with the library and with our table, and encodes a text and a pair, so that a
   * table that is not the tokenizer's never gets out.
   */
  private static void prove(Path file, Vocabulary vocabulary, NativeTokenizer tokenizer) {
    for (int id = 0; id < vocabulary.size(); id++) {
      String ours = Detokenizer.decode(vocabulary, new int[] {id}, false);
      if (!ours.equals(tokenizer.decode(id))) {
        throw new IllegalArgumentException(
            "cannot use %s: the tokenizers library reads token %,d otherwise than its text '%s'"
                .formatted(file, id, vocabulary.token(id)));
      }
    }
    for (String pair : new @Nullable String[] {null, "pair"}) {
      Tokens tokens = tokenizer.encode("Warm up, 1 2 3!", pair, true, TokenFields.IDS);
      for (int id : tokens.ids()) {
        if (id >= vocabulary.size() || vocabulary.unused(id)) {
          throw new IllegalArgumentException(
              "cannot use %s: it makes token id %,d, which its vocabulary does not have"
                  .formatted(file, id));
        }
      }
    }
  }

  private @Nullable ChatTemplate template(ModelFolder folder) {
    if (!Files.isRegularFile(folder.chatTemplate())) {
      return null;
    }
    try {
      return ChatTemplate.parse(read(folder.chatTemplate()), limits);
    } catch (TemplateException e) {
      throw new IllegalArgumentException(
          "cannot use %s: %s".formatted(folder.chatTemplate(), e.getMessage()), e);
    }
  }

  /** Renders once, for speed and for a word to the operator when the simplest chat fails. */
  private static void warmUp(TokenizerModel model) {
    if (model.template() == null) {
      return;
    }
    try {
      ChatPrompt.of(List.of(new ChatPrompt.Message("user", "Hello", Map.of()))).render(model);
    } catch (TemplateException e) {
      LOG.warnf(
          "the chat template of %s fails on a single user message: %s",
          model.name(), e.getMessage());
    }
  }
}
