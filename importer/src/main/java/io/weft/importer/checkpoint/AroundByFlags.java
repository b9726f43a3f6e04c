package io.weft.importer.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.AddedToken;
import io.weft.importer.tokenizer.Template;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The post-processor of tokenizers whose class decides it, by {@code add_bos_token} and {@code
 * add_eos_token}: transformers' LlamaTokenizerFast and its kin replace what tokenizer.json says
 * (update_post_processor), and published folders rely on it.
 */
final class AroundByFlags {
  private AroundByFlags() {}

  /**
   * The post-processor; null where nothing is put around.
   *
   * @param file tokenizer.json
   */
  static @Nullable JsonNode read(Path file, TokenizerSettings settings, int vocabularySize) {
    return Template.around(
        settings.addBos() ? special(file, settings, "bos_token", "<s>", vocabularySize) : null,
        settings.addEos() ? special(file, settings, "eos_token", "</s>", vocabularySize) : null);
  }

  private static Template.Special special(
      Path file, TokenizerSettings settings, String name, String otherwise, int vocabularySize) {
    AddedToken token = settings.special(name, otherwise);
    if (token == null) {
      throw new ImportException(
          "tokenizer_config.json: add_%s is true, but there is no %s".formatted(name, name));
    }
    Integer id = addedToken(file, token.content());
    if (id == null || id < 0 || id >= vocabularySize) {
      throw new ImportException(
          "%s has no added token '%s', which tokenizer_config.json names as %s"
              .formatted(file, token.content(), name));
    }
    return new Template.Special(token.content(), id);
  }

  /** The id of an added token, streaming; null without it. */
  private static @Nullable Integer addedToken(Path file, String content) {
    try (JsonParser in = new JsonFactory().createParser(file.toFile())) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new ImportException(file + " is no JSON object");
      }
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = in.currentName().equals("added_tokens");
        JsonToken value = in.nextToken();
        if (wanted && value == JsonToken.START_ARRAY) {
          return addedToken(in, content);
        }
        in.skipChildren();
      }
      return null;
    } catch (IOException e) {
      throw new ImportException("cannot read " + file + ": " + JsonFiles.reason(e), e);
    }
  }

  private static @Nullable Integer addedToken(JsonParser in, String content) throws IOException {
    while (in.nextToken() == JsonToken.START_OBJECT) {
      Integer id = null;
      String found = null;
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String field = in.currentName();
        JsonToken value = in.nextToken();
        if (field.equals("id") && value == JsonToken.VALUE_NUMBER_INT) {
          id = in.getIntValue();
        } else if (field.equals("content")) {
          found = in.getValueAsString();
        }
        in.skipChildren();
      }
      if (content.equals(found)) {
        return id;
      }
    }
    return null;
  }
}
