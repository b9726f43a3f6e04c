package io.weft.tokenizer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.runtime.error.WeftException;
import io.weft.tokenizer.Goldens;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Whole prompts against transformers' apply_chat_template, as text and as ids. */
class ChatGoldensTest {
  private static final Map<String, TokenizerModel> MODELS = new HashMap<>();

  @TempDir static Path root;

  @BeforeAll
  static void load() {
    for (String template : List.of("chatml", "smollm2", "headers", "thinking", "alternating")) {
      MODELS.put(
          template, TestModels.load(TestModels.chat(root, template, Goldens.template(template))));
    }
  }

  @AfterAll
  static void close() {
    MODELS.values().forEach(TokenizerModel::close);
  }

  @TestFactory
  Stream<DynamicTest> makesThePromptsOfTransformers() {
    return Goldens.elements(Goldens.json("chats.goldens.json"))
        .filter(golden -> !leavesToolsOut(golden))
        .map(
            golden ->
                DynamicTest.dynamicTest(
                    golden.path("template").asText() + ": " + golden.path("name").asText(),
                    () -> check(golden)));
  }

  /** transformers drops tools that a template does not read; here they become text instead. */
  private static boolean leavesToolsOut(JsonNode golden) {
    return golden.has("tools")
        && !Goldens.template(golden.path("template").asText()).contains("tools");
  }

  private static void check(JsonNode golden) {
    TokenizerModel model = MODELS.get(golden.path("template").asText());
    ChatPrompt chat = chat(golden);
    if (golden.has("error")) {
      assertThatExceptionOfType(WeftException.InvalidRequest.class)
          .isThrownBy(() -> ChatEncoder.encode(model, chat));
      return;
    }
    if (golden.path("ids").size() > TestModels.CONTEXT_LENGTH) {
      assertThat(chat.render(model)).isEqualTo(golden.path("text").asText());
      assertThatExceptionOfType(WeftException.InvalidRequest.class)
          .isThrownBy(() -> ChatEncoder.encode(model, chat))
          .withMessage("%,d tokens > 256".formatted(golden.path("ids").size()));
      return;
    }
    ChatEncoder.Prompt prompt = ChatEncoder.encode(model, chat);

    assertThat(prompt.text()).isEqualTo(golden.path("text").asText());
    assertThat(prompt.ids()).isEqualTo(Goldens.ints(golden.path("ids")));
  }

  private static ChatPrompt chat(JsonNode golden) {
    boolean continues = golden.path("continue_final_message").asBoolean();
    return new ChatPrompt(
        Goldens.elements(golden.path("messages")).map(ChatGoldensTest::message).toList(),
        golden.path("tools").isMissingNode()
            ? List.of()
            : Goldens.elements(golden.path("tools")).map(Goldens::map).toList(),
        golden.path("add_generation_prompt").asBoolean(!continues),
        continues,
        false,
        Goldens.map(golden.path("options")));
  }

  private static ChatPrompt.Message message(JsonNode golden) {
    Map<String, Object> extra = new HashMap<>(Goldens.map(golden));
    extra.remove("role");
    extra.remove("content");
    return new ChatPrompt.Message(
        golden.path("role").asText(), golden.path("content").asText(), extra);
  }
}
