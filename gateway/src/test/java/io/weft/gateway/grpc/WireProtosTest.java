package io.weft.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.weft.proto.gateway.v1.ChatMessage;
import io.weft.proto.gateway.v1.ChatRequest;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class WireProtosTest {
  @Test
  void countsMessagesAtAllDepths() {
    ListValue.Builder list =
        ListValue.newBuilder()
            .addValues(Value.newBuilder().setStructValue(Struct.getDefaultInstance()))
            .addValues(Value.newBuilder().setNumberValue(1))
            .addValues(Value.newBuilder().setStringValue("x"));
    Struct.Builder tool =
        Struct.newBuilder().putFields("a", Value.newBuilder().setListValue(list).build());
    ChatRequest request =
        ChatRequest.newBuilder()
            .setModel("smol")
            .addMessages(ChatMessage.newBuilder().setRole("user").setContent("hi"))
            .addMessages(ChatMessage.getDefaultInstance())
            .addTools(tool)
            .build();

    // Two messages; the tool, its entry and that one's value, the list, three values, an object.
    assertThat(count(request.toByteArray())).isEqualTo(2 + 3 + 1 + 3 + 1);
  }

  @Test
  void countsWhatComesBeforeABreak() {
    byte[] whole =
        ChatRequest.newBuilder()
            .addMessages(ChatMessage.newBuilder().setContent("hi"))
            .addMessages(ChatMessage.newBuilder().setContent("there"))
            .build()
            .toByteArray();

    assertThat(count(Arrays.copyOf(whole, whole.length - 1))).isEqualTo(2);
    assertThat(count(new byte[] {(byte) 0xff})).isZero();
    assertThat(count(new byte[0])).isZero();
  }

  @Test
  void countsNoDeeperThanProtobufReads() {
    Value value = Value.getDefaultInstance();
    for (int i = 0; i < 200; i++) {
      Struct outer = Struct.newBuilder().putFields("a", value).build();
      value = Value.newBuilder().setStructValue(outer).build();
    }
    ChatRequest request =
        ChatRequest.newBuilder()
            .addTools(Struct.newBuilder().putFields("a", value).build())
            .build();

    assertThat(count(request.toByteArray())).isEqualTo(101);
  }

  private static int count(byte[] message) {
    return WireProtos.count(new WireProtos.Bytes(message), ChatRequest.getDescriptor());
  }
}
