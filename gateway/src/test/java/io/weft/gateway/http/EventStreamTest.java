package io.weft.gateway.http;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.generator.v1.FinishReason;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams byte by byte, as a strict reader of server-sent events takes them. */
@QuarkusTest
@TestProfile(EventStreamTest.ShortKeepAlive.class)
class EventStreamTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String COMPLETIONS = "/v1/completions";

  /** Line ends of JavaScript and of JSON, four bytes a character, and what HTML would read. */
  private static final List<String> PIECES =
      List.of("Zoë", " \u2028\u0000\r\n\n", "data: [DONE]", "😀👩‍🚀", "<script>", "日本語");

  @TestHTTPResource URI base;

  /** Comments soon enough for a test. */
  public static final class ShortKeepAlive implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("weft.gateway.stream-keep-alive", "150ms");
    }
  }

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void chatsKeepTheirOrderAndTheirText(boolean usage) {
    FakeGenerator.script = FakeGenerator.say(PIECES.toArray(String[]::new));

    List<JsonNode> chunks =
        chunks(
            CHAT,
            "{'model':'smol','stream':true,'n':3,'stream_options':{'include_usage':"
                + usage
                + "},'messages':[{'role':'user','content':'hi'}]}");

    checkFrame(chunks, "chat.completion.chunk", usage);
    Map<Integer, List<JsonNode>> choices = choices(chunks);
    assertThat(choices.keySet()).containsExactly(0, 1, 2);
    for (List<JsonNode> own : choices.values()) {
      assertThat(own.getFirst().path("delta"))
          .hasToString(body("{'role':'assistant','content':''}"));
      assertThat(text(own, "/delta/content")).isEqualTo(String.join("", PIECES));
      assertThat(own.subList(1, own.size())).noneMatch(choice -> choice.path("delta").has("role"));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void severalPromptsAreInterleavedWithTheirOwnIndices(boolean usage) {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          for (String piece : PIECES) {
            for (int i = 0; i < 2; i++) {
              call.onNext(FakeGenerator.delta(i, request.getPromptIds(0) + "/" + i + piece));
            }
            Thread.sleep(5);
          }
          for (int i = 1; i >= 0; i--) {
            call.onNext(FakeGenerator.finished(i, FinishReason.FINISH_REASON_LENGTH, 6));
          }
          call.onCompleted();
        };

    List<JsonNode> chunks =
        chunks(
            COMPLETIONS,
            "{'model':'smol','stream':true,'n':2,'stream_options':{'include_usage':"
                + usage
                + "},'prompt':['a','bb','ccc']}");

    checkFrame(chunks, "text_completion", usage);
    Map<Integer, List<JsonNode>> choices = choices(chunks);
    assertThat(choices.keySet()).containsExactly(0, 1, 2, 3, 4, 5);
    choices.forEach(
        (index, own) -> {
          String mark = (index / 2 + 1) + "/" + index % 2;
          assertThat(text(own, "/text")).isEqualTo(mark + String.join(mark, PIECES));
        });
  }

  @Test
  void aSlowFirstTokenIsBridgedByComments() throws Exception {
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          Thread.sleep(700);
          call.onNext(FakeGenerator.delta(0, "late"));
          call.onNext(FakeGenerator.finished(0, FinishReason.FINISH_REASON_STOP, 1));
          call.onCompleted();
        };

    String stream =
        Http.post(
                base,
                CHAT,
                body("{'model':'smol','stream':true,'messages':[{'role':'user','content':'hi'}]}"))
            .body();

    List<String> events = List.of(stream.split("\n\n"));
    assertThat(events)
        .allMatch(event -> event.startsWith("data: ") || event.equals(": keep-alive"));
    long comments = events.stream().filter(event -> event.startsWith(":")).count();
    assertThat(comments).isBetween(2L, 5L);
    int late = stream.indexOf("late");
    assertThat(stream.indexOf(": keep-alive"))
        .isGreaterThan(stream.indexOf("assistant"))
        .isLessThan(late);
    assertThat(stream.substring(late)).doesNotContain("keep-alive").endsWith("data: [DONE]\n\n");
  }

  /** Every event is one line of data, and decodes by itself. */
  private List<JsonNode> chunks(String route, String request) {
    byte[] stream = Http.bytes(base, route, body(request));
    List<JsonNode> chunks = new ArrayList<>();
    int from = 0;
    for (int i = 0; i + 1 < stream.length; i++) {
      if (stream[i] == '\n' && stream[i + 1] == '\n') {
        String event = strictly(ByteBuffer.wrap(stream, from, i - from));
        assertThat(event).startsWith("data: ").doesNotContain("\n", "\r");
        from = i + 2;
        if (from == stream.length) {
          assertThat(event).isEqualTo("data: [DONE]");
        } else {
          chunks.add(Http.json(event.substring("data: ".length())));
        }
      }
    }
    assertThat(from).as("the stream ends with an event").isEqualTo(stream.length);
    return chunks;
  }

  private static String strictly(ByteBuffer utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
    } catch (CharacterCodingException e) {
      throw new AssertionError("an event is not whole UTF-8", e);
    }
  }

  /** What all chunks share, and where usage may stand. */
  private static void checkFrame(List<JsonNode> chunks, String object, boolean usage) {
    JsonNode first = chunks.getFirst();
    assertThat(first.path("id").asText()).matches("(chatcmpl|cmpl)-[0-9a-f]{32}");
    for (JsonNode chunk : chunks) {
      for (String field : List.of("id", "created", "model", "system_fingerprint")) {
        assertThat(chunk.path(field)).as(field).isEqualTo(first.path(field));
      }
      assertThat(chunk.path("object").asText()).isEqualTo(object);
      boolean last = usage && chunk.equals(chunks.getLast());
      assertThat(chunk.path("choices")).hasSize(last ? 0 : 1);
      assertThat(chunk.has("usage")).isEqualTo(usage);
      assertThat(chunk.path("usage").isObject()).isEqualTo(last);
    }
    if (usage) {
      JsonNode sums = chunks.getLast().path("usage");
      assertThat(sums.path("total_tokens").asInt())
          .isEqualTo(sums.path("prompt_tokens").asInt() + sums.path("completion_tokens").asInt())
          .isPositive();
    }
  }

  /** The choices of each index: one finish reason, at the end. */
  private static Map<Integer, List<JsonNode>> choices(List<JsonNode> chunks) {
    Map<Integer, List<JsonNode>> choices = new TreeMap<>();
    for (JsonNode chunk : chunks) {
      for (JsonNode choice : chunk.path("choices")) {
        choices.computeIfAbsent(choice.path("index").asInt(), _ -> new ArrayList<>()).add(choice);
      }
    }
    choices.forEach(
        (_, own) -> {
          assertThat(own.getLast().path("finish_reason").isTextual()).isTrue();
          assertThat(own.subList(0, own.size() - 1))
              .allMatch(choice -> choice.has("finish_reason"))
              .allMatch(choice -> choice.path("finish_reason").isNull());
        });
    return choices;
  }

  private static String text(List<JsonNode> choices, String place) {
    StringBuilder text = new StringBuilder();
    choices.forEach(choice -> text.append(choice.at(place).asText()));
    return text.toString();
  }
}
