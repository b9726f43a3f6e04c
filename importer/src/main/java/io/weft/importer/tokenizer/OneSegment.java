package io.weft.importer.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * Post-processors whose tokens are all of the first segment, those of a pair's second text too: for
 * models that transformers gives no {@code token_type_ids}, which are zeros then.
 */
public final class OneSegment {
  private static final String TYPE = "type";
  private static final String TEMPLATE = "TemplateProcessing";
  private static final String BERT = "BertProcessing";
  private static final String ROBERTA = "RobertaProcessing";
  private static final String SEQUENCE = "Sequence";

  private OneSegment() {}

  /**
   * What puts the same tokens around as {@code processor} does, in one segment.
   *
   * @param processor as in {@code tokenizer.json}; null for none
   */
  public static JsonNode of(@Nullable JsonNode processor) {
    if (processor == null || !processor.isObject()) {
      return Template.bare();
    }
    JsonNode changed = changed(processor);
    if (joinsPairs(processor)) {
      return changed;
    }
    ObjectNode sequence = JsonNodeFactory.instance.objectNode().put(TYPE, SEQUENCE);
    sequence.putArray("processors").add(changed).add(Template.bare());
    return sequence;
  }

  /** Whether it is one that says of each token which segment it is of. */
  private static boolean joinsPairs(JsonNode processor) {
    return switch (processor.path(TYPE).asText("")) {
      case TEMPLATE, BERT, ROBERTA -> true;
      case SEQUENCE -> {
        for (JsonNode step : processor.path("processors")) {
          if (joinsPairs(step)) {
            yield true;
          }
        }
        yield false;
      }
      default -> false;
    };
  }

  private static JsonNode changed(JsonNode processor) {
    return switch (processor.path(TYPE).asText("")) {
      case BERT -> Template.bertInOneSegment(special(processor, "cls"), special(processor, "sep"));
      case TEMPLATE -> {
        ObjectNode template = processor.deepCopy();
        firstSegment(template.path("single"));
        firstSegment(template.path("pair"));
        yield template;
      }
      case SEQUENCE -> {
        ObjectNode sequence = processor.deepCopy();
        ArrayNode steps = sequence.putArray("processors");
        processor.path("processors").forEach(step -> steps.add(changed(step)));
        yield sequence;
      }
      // RoBERTa's has one segment already.
      default -> processor;
    };
  }

  private static void firstSegment(JsonNode pieces) {
    for (JsonNode piece : pieces) {
      for (JsonNode part : piece) {
        if (part instanceof ObjectNode object && object.has("type_id")) {
          object.put("type_id", 0);
        }
      }
    }
  }

  /** A token and its id, as {@code ["[CLS]", 101]}. */
  private static Template.Special special(JsonNode processor, String name) {
    JsonNode pair = processor.path(name);
    return new Template.Special(pair.path(0).asText(""), pair.path(1).asInt());
  }
}
