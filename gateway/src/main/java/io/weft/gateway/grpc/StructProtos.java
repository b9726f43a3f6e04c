package io.weft.gateway.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.weft.gateway.json.Invalid;

/**
 * Protobuf's own JSON as trees. Protobuf reads messages of 100 levels, so that these are at most
 * some 33 deep.
 */
final class StructProtos {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Whole numbers below it are exact in a double, and are told as whole. */
  private static final double EXACT = 1L << 53;

  private StructProtos() {}

  /**
   * An object.
   *
   * @param param what the request calls it, for errors
   */
  static ObjectNode object(Struct struct, String param) {
    ObjectNode object = NODES.objectNode();
    struct.getFieldsMap().forEach((name, value) -> object.set(name, node(value, param)));
    return object;
  }

  private static JsonNode node(Value value, String param) {
    return switch (value.getKindCase()) {
      case NULL_VALUE -> NODES.nullNode();
      case NUMBER_VALUE -> number(value.getNumberValue(), param);
      case STRING_VALUE -> NODES.textNode(value.getStringValue());
      case BOOL_VALUE -> NODES.booleanNode(value.getBoolValue());
      case STRUCT_VALUE -> object(value.getStructValue(), param);
      case LIST_VALUE -> {
        ArrayNode list = NODES.arrayNode();
        value.getListValue().getValuesList().forEach(element -> list.add(node(element, param)));
        yield list;
      }
      case KIND_NOT_SET -> throw Invalid.value(param, param + " has a value that is not set");
    };
  }

  private static JsonNode number(double value, String param) {
    if (!Double.isFinite(value)) {
      throw Invalid.value(param, param + " has a number that JSON does not have");
    }
    return value == Math.rint(value) && Math.abs(value) < EXACT
        ? NODES.numberNode((long) value)
        : NODES.numberNode(value);
  }
}
