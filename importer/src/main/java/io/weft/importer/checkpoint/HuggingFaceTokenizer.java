package io.weft.importer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import io.weft.importer.error.ImportException;
import io.weft.importer.tokenizer.AddedToken;
import io.weft.importer.tokenizer.OneSegment;
import io.weft.importer.tokenizer.TokenizerSpec;
import io.weft.runtime.model.ModelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/** The text side of a Hugging Face folder. */
final class HuggingFaceTokenizer {
  private static final int MAX_TEMPLATE_BYTES = 1 << 22;

  private HuggingFaceTokenizer() {}

  /**
   * @param config the content of config.json
   * @param segments whether the model tells the two texts of a pair apart by segments
   */
  static Tokenizer read(Path folder, JsonNode config, int vocabularySize, boolean segments) {
    JsonNode settings = JsonFiles.readIfThere(folder.resolve("tokenizer_config.json"));
    JsonNode generation = JsonFiles.readIfThere(folder.resolve("generation_config.json"));
    String template = chatTemplate(folder, settings);
    TokenizerSettings named = TokenizerSettings.read(folder, config);
    Integer bos = named(folder, named, "bos_token", vocabularySize);
    Integer configuredBos = id(config, "bos_token_id", vocabularySize);
    if (bos == null && !named.hasNo("bos_token")) {
      bos = configuredBos;
    }
    boolean wantsBos = named.addBos() || (template != null && template.contains("bos_token"));
    JsonNode eosHolder = generation.hasNonNull("eos_token_id") ? generation : config;
    ModelManifest.SpecialTokens tokens =
        new ModelManifest.SpecialTokens(
            wantsBos ? bos : null,
            ends(
                named(folder, named, "eos_token", vocabularySize),
                ids(eosHolder, "eos_token_id", vocabularySize)),
            padId(config, vocabularySize),
            maskId(folder, settings, vocabularySize));
    return new Tokenizer(template, tokens, writer(folder, config, vocabularySize, segments));
  }

  /**
   * A special token that the tokenizer's settings name: it is what chat templates get by that name,
   * whatever the model's configuration says. Null where they name none that tokenizer.json adds.
   */
  private static @Nullable Integer named(
      Path folder, TokenizerSettings settings, String name, int vocabularySize) {
    AddedToken token = settings.special(name, null);
    Integer id =
        token == null
            ? null
            : TokenizerFile.addedToken(folder.resolve("tokenizer.json"), token.content());
    return id == null ? null : check("the id of " + name, IntNode.valueOf(id), vocabularySize);
  }

  /** The tokenizer's own end first, for that is the one that chat templates get. */
  private static List<Integer> ends(@Nullable Integer own, List<Integer> configured) {
    SequencedSet<Integer> ends = new LinkedHashSet<>(configured);
    if (own != null) {
      ends.addFirst(own);
    }
    return List.copyOf(ends);
  }

  /** tokenizer.json as it is where there is one; else it is built. */
  private static Tokenizer.TokenizerWriter writer(
      Path folder, JsonNode config, int vocabularySize, boolean segments) {
    TokenizerSettings settings = TokenizerSettings.read(folder, config);
    boolean oneSegment = segments && !settings.givesSegments();
    Path file = folder.resolve("tokenizer.json");
    if (!Files.isRegularFile(file)) {
      JsonNode json = JsonFiles.readIfThere(folder.resolve("tokenizer_config.json"));
      if (ByT5Tokenizer.isMeant(config, json)) {
        return ByT5Tokenizer.read(json, vocabularySize)::write;
      }
      TokenizerSpec spec = SlowTokenizer.read(folder, settings, vocabularySize);
      return oneSegment ? spec.inOneSegment()::write : spec::write;
    }
    Map<String, @Nullable JsonNode> replaced = new HashMap<>();
    replaced.put("truncation", null);
    replaced.put("padding", null);
    if (settings.putsAroundByFlags()) {
      replaced.put("post_processor", AroundByFlags.read(file, settings, vocabularySize));
    }
    if (oneSegment) {
      replaced.compute(
          "post_processor",
          (name, flags) ->
              OneSegment.of(
                  settings.putsAroundByFlags() ? flags : TokenizerFile.postProcessor(file)));
    }
    return target -> JsonFiles.copy(file, target, replaced, "model");
  }

  private static @Nullable String chatTemplate(Path folder, JsonNode settings) {
    Path file = folder.resolve("chat_template.jinja");
    if (Files.isRegularFile(file)) {
      return readText(file);
    }
    JsonNode template = settings.path("chat_template");
    if (template.isMissingNode() || template.isNull()) {
      // Where processors of text and pictures keep it; text alone is rendered the same.
      template = JsonFiles.readIfThere(folder.resolve("chat_template.json")).path("chat_template");
    }
    if (template.isTextual()) {
      return template.asText();
    }
    for (JsonNode named : template) {
      if (named.path("name").asText("").equals("default")) {
        return named.path("template").asText("");
      }
    }
    return null;
  }

  private static String readText(Path file) {
    try {
      if (Files.size(file) > MAX_TEMPLATE_BYTES) {
        throw new ImportException(
            "%s has %,d bytes, the limit is %,d"
                .formatted(file, Files.size(file), MAX_TEMPLATE_BYTES));
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new ImportException("cannot read " + file + ": " + e, e);
    }
  }

  private static List<Integer> ids(JsonNode json, String field, int vocabularySize) {
    JsonNode value = json.path(field);
    List<Integer> ids = new ArrayList<>();
    if (value.isArray()) {
      for (JsonNode element : value) {
        ids.add(check(field, element, vocabularySize));
      }
    } else if (!value.isMissingNode() && !value.isNull()) {
      ids.add(check(field, value, vocabularySize));
    }
    return ids;
  }

  private static @Nullable Integer id(JsonNode json, String field, int vocabularySize) {
    List<Integer> ids = ids(json, field, vocabularySize);
    return ids.isEmpty() ? null : ids.getFirst();
  }

  /** Some old checkpoints say -1 for no padding. */
  private static @Nullable Integer padId(JsonNode config, int vocabularySize) {
    return config.path("pad_token_id").asInt(0) == -1
        ? null
        : id(config, "pad_token_id", vocabularySize);
  }

  /** The token that the settings name or, where they leave it to a class, its usual names. */
  private static @Nullable Integer maskId(Path folder, JsonNode settings, int vocabularySize) {
    JsonNode named = settings.path("mask_token");
    if (named.isMissingNode()) {
      named = JsonFiles.readIfThere(folder.resolve("special_tokens_map.json")).path("mask_token");
    }
    String content = named.path("content").asText(named.asText(""));
    for (String token : content.isEmpty() ? List.of("[MASK]", "<mask>") : List.of(content)) {
      Integer id = TokenizerFile.addedToken(folder.resolve("tokenizer.json"), token);
      if (id != null) {
        return check("the mask token's id", IntNode.valueOf(id), vocabularySize);
      }
    }
    return null;
  }

  private static int check(String field, JsonNode value, int vocabularySize) {
    if (!value.isInt() || value.asInt() < 0 || value.asInt() >= vocabularySize) {
      throw new ImportException(
          "%s is %s, it must lie in [0, %,d)".formatted(field, value, vocabularySize));
    }
    return value.asInt();
  }
}
