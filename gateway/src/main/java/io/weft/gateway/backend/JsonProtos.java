package io.weft.gateway.backend;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;

/**
 * JSON in protobuf's own types. Each level takes three of the 100 levels that protobuf reads, so
 * that only trees of bounded depth may come here.
 */
final class JsonProtos {
  private JsonProtos() {}

  /** An object, its fields in their order. */
  static Struct struct(JsonNode object) {
    Struct.Builder struct = Struct.newBuilder();
    object.properties().forEach(field -> struct.putFields(field.getKey(), value(field.getValue())));
    return struct.build();
  }

  static Value value(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  static Value value(Struct struct) {
    return Value.newBuilder().setStructValue(struct).build();
  }

  /** Any value. */
  static Value value(JsonNode node) {
    Value.Builder value = Value.newBuilder();
    return switch (node.getNodeType()) {
      case OBJECT -> value(struct(node));
      case ARRAY -> {
        ListValue.Builder list = ListValue.newBuilder();
        node.forEach(element -> list.addValues(value(element)));
        yield value.setListValue(list).build();
      }
      case STRING -> value(node.textValue());
      case NUMBER -> value.setNumberValue(node.doubleValue()).build();
      case BOOLEAN -> value.setBoolValue(node.booleanValue()).build();
      case NULL -> value.setNullValue(NullValue.NULL_VALUE).build();
      case BINARY, MISSING, POJO ->
          throw new IllegalArgumentException("no JSON: " + node.getNodeType());
    };
  }
}
