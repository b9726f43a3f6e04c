package io.weft.importer.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Post-processors: the special tokens around one text, or around a pair. */
public final class Template {
  private Template() {}

  /**
   * A special token.
   *
   * @param token its text
   * @param id its id
   */
  public record Special(String token, int id) {}

  /**
   * Llama: before and behind every text, also the second of a pair.
   *
   * @return null when there is neither
   */
  public static @Nullable JsonNode around(@Nullable Special before, @Nullable Special behind) {
    if (before == null && behind == null) {
      return null;
    }
    Map<String, Special> specials = new HashMap<>();
    String single = "A";
    String second = " B:1";
    if (before != null) {
      specials.put("<", before);
      single = "< " + single;
      second = " <:1" + second;
    }
    if (behind != null) {
      specials.put(">", behind);
      single = single + " >";
      second = second + " >:1";
    }
    return template(single, single + second, specials);
  }

  /** BERT: the pair's second text is its own segment. */
  public static JsonNode bert(Special cls, Special sep) {
    return template("< A >", "< A > B:1 >:1", Map.of("<", cls, ">", sep));
  }

  /** BERT's tokens, but all in the first segment. */
  static JsonNode bertInOneSegment(Special cls, Special sep) {
    return template("< A >", "< A > B >", Map.of("<", cls, ">", sep));
  }

  /** Nothing around texts, and all in the first segment. */
  static JsonNode bare() {
    return template("A", "A B", Map.of());
  }

  /** GPT-2: only before the first text. */
  public static JsonNode gpt2(Special bos) {
    return template("< A", "< A B:1", Map.of("<", bos));
  }

  /** XLM-RoBERTa. */
  public static JsonNode xlmRoberta(Special bos, Special eos) {
    return template("< A >", "< A > > B >", Map.of("<", bos, ">", eos));
  }

  /** T5: an end behind every text. */
  public static JsonNode t5(Special eos) {
    return template("A >", "A > B >", Map.of(">", eos));
  }

  /** RoBERTa's own post-processor, which takes the spaces out of offsets. */
  public static JsonNode roberta(Special cls, Special sep, boolean addPrefixSpace) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("type", "RobertaProcessing");
    json.putArray("sep").add(sep.token()).add(sep.id());
    json.putArray("cls").add(cls.token()).add(cls.id());
    return json.put("trim_offsets", true).put("add_prefix_space", addPrefixSpace);
  }

  /**
   * @param single words {@code A} and keys of {@code specials}, each with {@code :segment} unless 0
   * @param pair the same with {@code B}
   */
  private static JsonNode template(String single, String pair, Map<String, Special> specials) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("type", "TemplateProcessing");
    ObjectNode used = JsonNodeFactory.instance.objectNode();
    json.set("single", pieces(single, specials, used));
    json.set("pair", pieces(pair, specials, used));
    json.set("special_tokens", used);
    return json;
  }

  private static ArrayNode pieces(String words, Map<String, Special> specials, ObjectNode used) {
    ArrayNode pieces = JsonNodeFactory.instance.arrayNode();
    for (String word : words.split(" ", -1)) {
      String name = word.substring(0, 1);
      int segment = word.endsWith(":1") ? 1 : 0;
      Special special = specials.get(name);
      ObjectNode piece = pieces.addObject();
      if (special == null) {
        piece.putObject("Sequence").put("id", name).put("type_id", segment);
        continue;
      }
      piece.putObject("SpecialToken").put("id", special.token()).put("type_id", segment);
      ObjectNode entry = used.putObject(special.token()).put("id", special.token());
      entry.putArray("ids").add(special.id());
      entry.putArray("tokens").add(special.token());
    }
    return pieces;
  }
}
