package io.weft.gateway.error;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.LogRecorder;
import io.weft.gateway.fake.Fakes;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are no JSON, or JSON beyond all measure, on every route that generates. */
@QuarkusTest
class HostileBodiesTest {
  /** A good body for each route. */
  private static final Map<String, String> ROUTES =
      Map.of(
          "/v1/chat/completions",
          body(
              "{'model':'smol','messages':[{'role':'user','content':'héé'}],'temperature':1.5,"
                  + "'logit_bias':{'5':1},'tools':[{'type':'function','function':{'name':'f',"
                  + "'parameters':{'type':'object','properties':{'a':{'enum':[1,2e3]}}}}}]}"),
          "/v1/completions",
          body("{'model':'smol','prompt':['héé','b'],'stop':['x'],'echo':false,'seed':7}"),
          "/v1/responses",
          body(
              "{'model':'smol','input':[{'role':'user','content':'héé'}],'max_output_tokens':9,"
                  + "'metadata':{'a':'b'},'text':{'format':{'type':'text'}}}"));

  @TestHTTPResource URI base;

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void everyRouteTakesItsGoodBody() {
    ROUTES.forEach(
        (route, good) -> assertThat(Http.post(base, route, good).statusCode()).isEqualTo(200));
  }

  /** The one rule for fields that are not known: docs/chat.md. */
  @Test
  void unknownFieldsAreIgnoredAndUnservedOnesRefusedUnlessUnused() {
    List<String> everywhere =
        List.of("allowed_token_ids", "bad_words", "logits_processors", "truncate_prompt_tokens");
    Map<String, List<String>> unserved =
        Map.of(
            "/v1/chat/completions",
            List.of(
                "functions",
                "function_call",
                "audio",
                "prediction",
                "web_search_options",
                "add_special_tokens",
                "continue_final_message",
                "documents",
                "echo"),
            "/v1/completions",
            List.of("suffix", "prompt_embeds"),
            "/v1/responses",
            List.of("previous_response_id", "conversation", "background", "prompt"));
    ROUTES.forEach(
        (route, good) -> {
          String open = good.substring(0, good.length() - 1);
          String unknown = open + body(",'no_such_field':{'a':[1]},'x.y':null,'':7}");
          assertThat(Http.post(base, route, unknown).statusCode()).as(route).isEqualTo(200);
          List<String> fields = new ArrayList<>(everywhere);
          fields.addAll(unserved.get(route));
          for (String field : fields) {
            for (String unused : List.of("null", "false", "\"\"", "[]", "{}")) {
              String body = open + ",\"" + field + "\":" + unused + "}";
              assertThat(Http.post(base, route, body).statusCode()).as(body).isEqualTo(200);
            }
            for (String used : List.of("true", "7", "\"a\"", "[1]", "{\"a\":1}")) {
              checkUnserved(route, field, open + ",\"" + field + "\":" + used + "}");
            }
          }
        });
  }

  /** Of these, true is what is done without them. */
  @ParameterizedTest
  @CsvSource({"/v1/chat/completions, add_generation_prompt", "/v1/completions, add_special_tokens"})
  void unservedOnesThatAreTrueUnlessSaid(String route, String field) {
    String good = ROUTES.get(route);
    String open = good.substring(0, good.length() - 1);
    for (String unused : List.of("null", "true")) {
      String body = open + ",\"" + field + "\":" + unused + "}";
      assertThat(Http.post(base, route, body).statusCode()).as(body).isEqualTo(200);
    }
    for (String used : List.of("false", "7", "\"a\"")) {
      checkUnserved(route, field, open + ",\"" + field + "\":" + used + "}");
    }
  }

  private void checkUnserved(String route, String field, String body) {
    HttpResponse<String> response = Http.post(base, route, body);

    assertThat(response.statusCode()).as(body).isEqualTo(400);
    JsonNode error = Http.json(response.body()).path("error");
    assertThat(error.path("code").asText()).isEqualTo("unsupported_parameter");
    assertThat(error.path("param").asText()).isEqualTo(field);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "7",
        "'model'",
        "{",
        "{'model'",
        "{'model':",
        "{'model':'smol'",
        "{'model':'smol',}",
        "{'model':'smol'} x",
        "{'model':'smol'}{}",
        "{model:'smol'}",
        "{'model':'a','model':'b'}",
        "{'model':'smol','x':{'a':1,'a':1}}",
        "{'model':NaN}",
        "{'model':'smol','temperature':1e999}",
        "{'model':'smol','seed':1e999}",
        "{'model':'smol','max_tokens':-9223372036854775809}",
        "{'model':'smol','n':1e2147483648}",
        "{'model':'smol','x':'\\ud800'}x",
        "{'model':'\\u0000'}",
        "/**/{}",
        "\uFEFF[]"
      })
  void refusesWhatIsNoRequest(String text) {
    for (String route : ROUTES.keySet()) {
      refused(route, body(text).getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void refusesWhatIsTooMuch() {
    for (String route : ROUTES.keySet()) {
      for (String field : List.of("x", "model", "messages", "prompt", "input", "tools", "text")) {
        for (String deep : List.of("[", "{\"a\":")) {
          refused(
              route,
              ("{\"" + field + "\":" + deep.repeat(200_000)).getBytes(StandardCharsets.UTF_8));
        }
      }
      String digits = "{\"model\":\"smol\",\"seed\":" + "9".repeat(100_000) + "}";
      refused(route, digits.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void refusesWhatIsNoUtf8() {
    for (String route : ROUTES.keySet()) {
      for (int[] wrong :
          List.of(
              new int[] {0x00},
              new int[] {0x01},
              new int[] {0xff},
              new int[] {0xc3},
              new int[] {0xc0, 0x80},
              new int[] {0xed, 0xa0, 0x80},
              new int[] {0xf5, 0x80, 0x80, 0x80})) {
        byte[] good = ROUTES.get(route).getBytes(StandardCharsets.UTF_8);
        int at = ROUTES.get(route).indexOf("h\u00e9");
        byte[] bad = new byte[good.length + wrong.length];
        System.arraycopy(good, 0, bad, 0, at);
        for (int i = 0; i < wrong.length; i++) {
          bad[at + i] = (byte) wrong[i];
        }
        System.arraycopy(good, at, bad, at + wrong.length, good.length - at);
        refused(route, bad);
      }
    }
  }

  /** Good bodies with bytes changed, left out or doubled: answered or refused, never a fault. */
  @Test
  void survivesChangedBodies() {
    Random random = new Random(11);
    String alphabet = "{}[]\",:0123456789eE+-.\\utrfn \u0000";
    try (LogRecorder log = LogRecorder.start()) {
      ROUTES.forEach(
          (route, good) -> {
            for (int i = 0; i < 250; i++) {
              StringBuilder text = new StringBuilder(good);
              for (int j = random.nextInt(3); j >= 0; j--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                  case 0 -> text.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
                  case 1 -> text.deleteCharAt(at);
                  default -> text.insert(at, text.substring(at, Math.min(text.length(), at + 9)));
                }
              }
              HttpResponse<String> response = Http.post(base, route, text.toString());
              assertThat(response.statusCode()).as(text.toString()).isBetween(200, 499);
              assertThat(Http.json(response.body()).isObject()).isTrue();
            }
          });
      assertThat(log.text()).isEmpty();
    }
  }

  private void refused(String route, byte[] bytes) {
    HttpResponse<String> response =
        Http.send(Http.request(base, route).POST(BodyPublishers.ofByteArray(bytes)));

    assertThat(response.statusCode()).as(route).isIn(400, 404);
    JsonNode error = Http.json(response.body()).path("error");
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("message").asText()).isNotEmpty();
  }
}
