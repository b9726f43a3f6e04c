package io.weft.tokenizer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.weft.runtime.error.WeftException;
import io.weft.tokenizer.Goldens;
import io.weft.tokenizer.chat.ChatTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a prompt says of tools, and how a model is expected to call them. */
class ToolPromptTest {
  private static final String WITHOUT_TOOLS =
      "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
          + "{% if add_generation_prompt %}[assistant]{% endif %}";
  private static final Map<String, Object> TOOL =
      Map.of("type", "function", "function", ordered("name", "add", "description", "Adds."));
  private static final ChatPrompt.Message QUESTION =
      new ChatPrompt.Message("user", "1 and 2?", Map.of());

  @TempDir Path root;

  @Test
  void aTemplateWithoutToolsGetsThemInTheSystemMessage() {
    String tools =
        "You can call these tools. To call one, answer with nothing but a JSON object"
            + " {\"name\": \"...\", \"arguments\": {...}}; to call several, with a list of such"
            + " objects. If no tool helps, answer in words.\n\n"
            + "{\"name\":\"add\",\"description\":\"Adds.\"}";

    assertThat(render(WITHOUT_TOOLS, List.of(QUESTION), false))
        .isEqualTo("[system]" + tools + "[user]1 and 2?[assistant]");
    assertThat(
            render(
                WITHOUT_TOOLS,
                List.of(new ChatPrompt.Message("system", "Be brief.", Map.of()), QUESTION),
                true))
        .isEqualTo("[system]Be brief.\n\n" + tools + "[user]1 and 2?[assistant]");
  }

  @Test
  void aTemplateWithoutCallsGetsThemAndTheirResultsAsText() {
    List<ChatPrompt.Message> messages =
        List.of(
            QUESTION,
            new ChatPrompt.Message(
                "assistant", "", Map.of("tool_calls", List.of(call("a", 1), call("b", 2)))),
            new ChatPrompt.Message("tool", "3", Map.of("tool_call_id", "a")),
            new ChatPrompt.Message("tool", "4", Map.of("tool_call_id", "z")),
            new ChatPrompt.Message("assistant", "So 3.", Map.of()));
    String shown =
        "[user]1 and 2?[assistant]{\"name\":\"add\",\"arguments\":{\"x\":1}}\n"
            + "{\"name\":\"add\",\"arguments\":{\"x\":2}}"
            + "[user]Result of add:\n3\n\nResult:\n4[assistant]So 3.[assistant]";

    try (TokenizerModel model = TestModels.load(TestModels.chat(root, "chat", WITHOUT_TOOLS))) {
      assertThat(ChatPrompt.of(messages).render(model)).isEqualTo(shown);
    }
  }

  @Test
  void aTemplateWithToolsGetsMessagesAndToolsAsTheyAre() {
    String template =
        "{{ tools[0].function.name }}:{% for m in messages %}{{ m.role }} {{ m.content }}"
            + "{% for c in m.tool_calls %}{{ c.function.arguments.x }}{% endfor %};{% endfor %}";
    List<ChatPrompt.Message> messages =
        List.of(
            QUESTION,
            new ChatPrompt.Message("assistant", "", Map.of("tool_calls", List.of(call("a", 1)))),
            new ChatPrompt.Message("tool", "3", Map.of("tool_call_id", "a")));

    assertThat(render(template, messages, false))
        .isEqualTo("add:user 1 and 2?;assistant 1;tool 3;");
  }

  @Test
  void beginsTheCallInTheModelsForm() {
    assertThat(render("{{ tools|length }}<tool_call>|", List.of(QUESTION), true))
        .isEqualTo("1<tool_call>|<tool_call>\n");
    assertThat(render("{{ tools|length }}<|python_tag|>|", List.of(QUESTION), true))
        .isEqualTo("1<|python_tag|>|");
  }

  @Test
  void refusesTooManyToolsAndCallsOfNone() {
    assertThatExceptionOfType(WeftException.InvalidRequest.class)
        .isThrownBy(() -> chat(List.of(QUESTION), Collections.nCopies(129, TOOL), false))
        .withMessage("129 tools, there may be at most 128");
    assertThatExceptionOfType(WeftException.InvalidRequest.class)
        .isThrownBy(() -> chat(List.of(QUESTION), List.of(), true))
        .withMessage("begin_tool_call needs tools and add_generation_prompt");
  }

  @ParameterizedTest
  @CsvSource({
    "<tool_call>, TAGGED",
    "<tool_call> <|python_tag|>, TAGGED",
    "<|python_tag|>, LLAMA",
    "{\"name\": \"parameters\": dictionary of argument name, LLAMA",
    "{{ tools }}, JSON"
  })
  void theTemplateTellsTheForm(String text, ToolCallForm form) {
    String source = "{% raw %}" + text + "{% endraw %}";

    assertThat(ToolCallForm.of(ChatTemplate.parse(source, TestModels.LIMITS))).isEqualTo(form);
  }

  @Test
  void theVocabularyTellsWhetherMarksAreSpecial() throws IOException {
    Path folder = TestModels.chat(root, "chat", WITHOUT_TOOLS);
    try (TokenizerModel model = TestModels.load(folder)) {
      assertThat(ToolCallForm.TAGGED.marksAreSpecial(model)).isFalse();
    }
    String special = Goldens.tokenizer("smollm").replace("<|im_start|>", "<tool_call>");
    Files.writeString(folder.resolve("tokenizer.json"), special);
    try (TokenizerModel model = TestModels.load(folder)) {
      assertThat(ToolCallForm.TAGGED.marksAreSpecial(model)).isTrue();
      assertThat(ToolCallForm.JSON.marksAreSpecial(model)).isFalse();
    }
  }

  private String render(String template, List<ChatPrompt.Message> messages, boolean begin) {
    try (TokenizerModel model = TestModels.load(TestModels.chat(root, "chat", template))) {
      return chat(messages, List.of(TOOL), begin).render(model);
    }
  }

  private static ChatPrompt chat(
      List<ChatPrompt.Message> messages, List<Map<String, Object>> tools, boolean begin) {
    return new ChatPrompt(messages, tools, true, false, begin, Map.of());
  }

  private static Map<String, Object> call(String id, long x) {
    return Map.of("id", id, "function", ordered("name", "add", "arguments", Map.of("x", x)));
  }

  private static Map<String, Object> ordered(String k1, Object v1, String k2, Object v2) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(k1, v1);
    map.put(k2, v2);
    return map;
  }
}
