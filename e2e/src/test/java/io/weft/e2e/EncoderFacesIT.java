package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What encoders and tokenizers answer by the APIs other than OpenAI's, with real models; more tasks
 * are in {@link EncoderTasksIT}.
 */
@ExtendWith(SharedStack.class)
class EncoderFacesIT {
  private static final String CAT = "A cat sits on the mat";
  private static final String KITTEN = "A kitten rests on a rug";
  private static final String STOCKS = "Stocks fell sharply on Monday";

  @Test
  void embedsAsTextEmbeddingsInferenceDoes(WeftStack stack) {
    Api.Answer answer = stack.api().post("/embed", Map.of("inputs", List.of(CAT, STOCKS)));
    Api.Answer openAis =
        stack.api().post("/v1/embeddings", Map.of("model", Api.EMBEDDING_MODEL, "input", CAT));

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.json()).hasSize(2).allMatch(vector -> vector.size() == 384);
    double norm = 0;
    for (int i = 0; i < 384; i++) {
      double value = answer.json().at("/0/" + i).asDouble();
      norm += value * value;
      assertThat(value)
          .isCloseTo(openAis.json().at("/data/0/embedding/" + i).asDouble(), within(1e-4));
    }
    assertThat(norm).isCloseTo(1, within(1e-4));
  }

  @Test
  void ordersByMeaning(WeftStack stack) {
    Map<String, Object> inputs =
        Map.of("source_sentence", CAT, "sentences", List.of(STOCKS, KITTEN, CAT));
    Api.Answer similarity = stack.api().post("/similarity", Map.of("inputs", inputs));
    Api.Answer rerank =
        stack
            .api()
            .post(
                "/v1/rerank",
                Map.of(
                    "model",
                    Api.EMBEDDING_MODEL,
                    "query",
                    CAT,
                    "documents",
                    List.of(STOCKS, KITTEN),
                    "top_n",
                    1));

    assertThat(similarity.status()).as(similarity.body()).isEqualTo(200);
    assertThat(similarity.json().get(2).asDouble()).isCloseTo(1, within(1e-4));
    assertThat(similarity.json().get(1).asDouble())
        .isBetween(similarity.json().get(0).asDouble() + 0.2, 0.95);
    assertThat(rerank.status()).as(rerank.body()).isEqualTo(200);
    assertThat(rerank.json().path("results")).hasSize(1);
    assertThat(rerank.json().at("/results/0/index").asInt()).isEqualTo(1);
    assertThat(rerank.json().at("/results/0/relevance_score").asDouble())
        .isCloseTo(similarity.json().get(1).asDouble(), within(1e-4));
  }

  @Test
  void tokenizesAndDecodes(WeftStack stack) {
    Api.Answer tokens = stack.api().post("/tokenize", Map.of("inputs", "A cat"));

    assertThat(tokens.body())
        .isEqualTo(
            """
            [[{"id":101,"text":"[CLS]","special":true,"start":null,"stop":null},\
            {"id":1037,"text":"A","special":false,"start":0,"stop":1},\
            {"id":4937,"text":"cat","special":false,"start":2,"stop":5},\
            {"id":102,"text":"[SEP]","special":true,"start":null,"stop":null}]]""");
    List<Integer> ids = ints(tokens.json().get(0).findValues("id"));
    assertThat(stack.api().post("/decode", Map.of("ids", ids)).body()).isEqualTo("[\"a cat\"]");
  }

  @Test
  void tokenizesForAGeneratorByBothApis(WeftStack stack) {
    Map<String, Object> prompt =
        Map.of("model", Api.CHAT_MODEL, "prompt", "Größe 😀", "return_token_strs", true);
    Api.Answer vllms = stack.api().post("/tokenize", prompt);
    Api.Answer teis =
        stack.api().post("/tokenize", Map.of("model", Api.CHAT_MODEL, "inputs", "Größe 😀"));

    assertThat(vllms.status()).as(vllms.body()).isEqualTo(200);
    List<Integer> ids = ints(vllms.json().path("tokens"));
    assertThat(vllms.json().path("count").asInt()).isEqualTo(ids.size());
    assertThat(vllms.json().path("token_strs")).hasSameSizeAs(ids);
    assertThat(ids).isEqualTo(ints(teis.json().get(0).findValues("id")));
    Api.Answer text =
        stack.api().post("/detokenize", Map.of("model", Api.CHAT_MODEL, "tokens", ids));
    assertThat(text.json().path("prompt").asText()).isEqualTo("Größe 😀");
  }

  @Test
  void showsWhatTokensAttendTo(WeftStack stack) {
    Api.Answer answer =
        stack
            .api()
            .post(
                "/v1/attentions",
                Map.of("model", Api.EMBEDDING_MODEL, "input", CAT, "layers", List.of(-1)));

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    JsonNode item = answer.json().at("/data/0");
    assertThat(item.path("tokens").findValuesAsText("text"))
        .containsExactly("[CLS]", "A", "cat", "sits", "on", "the", "mat", "[SEP]");
    assertThat(item.path("attentions")).hasSize(12);
    for (JsonNode head : item.path("attentions")) {
      assertThat(head.path("layer").asInt()).isEqualTo(5);
      for (JsonNode row : head.path("weights")) {
        double sum = 0;
        for (JsonNode weight : row) {
          sum += weight.asDouble();
        }
        assertThat(sum).isCloseTo(1, within(1e-4));
      }
    }
  }

  private static List<Integer> ints(Iterable<JsonNode> numbers) {
    List<Integer> ints = new ArrayList<>();
    numbers.forEach(number -> ints.add(number.asInt()));
    return ints;
  }

  @Test
  void aTextThatIsTooLongIsNamedAndCutOnlyWhenTold(WeftStack stack) {
    List<String> texts = List.of(CAT, "cat ".repeat(400));
    Api.Answer refused = stack.api().post("/embed", Map.of("inputs", texts));
    Api.Answer cut = stack.api().post("/embed", Map.of("inputs", texts, "truncate", true));

    assertThat(refused.status()).as(refused.body()).isEqualTo(413);
    assertThat(refused.json().path("error").asText())
        .isEqualTo("inputs[1]: 402 tokens > 256, the model's context");
    assertThat(refused.json().path("error_type").asText()).isEqualTo("Validation");
    assertThat(cut.status()).as(cut.body()).isEqualTo(200);
    assertThat(cut.json()).hasSize(2);
  }

  @Test
  void refusesWhatNoModelCanDo(WeftStack stack) {
    Api.Answer predict = stack.api().post("/predict", Map.of("inputs", CAT));
    Api.Answer sparse = stack.api().post("/embed_sparse", Map.of("inputs", CAT));

    assertThat(predict.status()).as(predict.body()).isEqualTo(400);
    assertThat(predict.json().path("error").asText()).isEqualTo("no loaded model can classify");
    assertThat(sparse.status()).as(sparse.body()).isEqualTo(424);
  }
}
