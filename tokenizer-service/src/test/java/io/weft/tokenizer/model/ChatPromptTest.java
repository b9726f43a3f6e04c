package io.weft.tokenizer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.weft.runtime.error.WeftException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatPromptTest {
  private static final ChatPrompt.Message HI =
      new ChatPrompt.Message("user", "Hi SECRET", Map.of());

  @TempDir Path root;

  @Test
  void refusesConversationsOutOfRange() {
    assertRefused(List.of(), Map.of(), "0 messages, there must be 1 to 4,096");
    assertRefused(
        Collections.nCopies(4_097, HI), Map.of(), "4,097 messages, there must be 1 to 4,096");
    assertRefused(
        List.of(HI, new ChatPrompt.Message("", "x", Map.of())), Map.of(), "message 1 has no role");
    assertRefused(
        List.of(new ChatPrompt.Message("user", "x", Map.of("role", "system"))),
        Map.of(),
        "message 0 has a field 'role' or 'content' among its extra fields");
    assertRefused(
        List.of(HI), Map.of("messages", "x"), "template option 'messages' is set by the service");
    assertThatExceptionOfType(WeftException.InvalidRequest.class)
        .isThrownBy(() -> new ChatPrompt(List.of(HI), List.of(), true, true, false, Map.of()))
        .withMessage("continue_final_message and add_generation_prompt exclude each other");
  }

  @Test
  void templatesSeeTheModelsSpecialTokensAndTheOptions() {
    assertThat(
            render(
                "{{ bos_token }}|{{ eos_token }}|{{ pad_token }}|{{ x }}|{{ tools is none }}"
                    + "|{{ documents is defined }}|{{ add_generation_prompt }}",
                Map.of("x", 5L, "eos_token", "mine")))
        .isEqualTo("<|im_start|>|mine|<|im_end|>|5|True|True|True");
  }

  @Test
  void aModelWithoutTemplateIsNoChatModel() {
    try (TokenizerModel model = TestModels.load(TestModels.encoder(root, "encoder"))) {
      assertThatExceptionOfType(WeftException.Unsupported.class)
          .isThrownBy(() -> ChatEncoder.encode(model, chat(Map.of(), false)))
          .withMessage("model 'encoder' has no chat template");
    }
  }

  @Test
  void saysWhyATemplateFailsWithoutQuotingTheConversation() {
    assertFails(
        "{{ raise_exception('Only one turn') }}",
        WeftException.InvalidRequest.class,
        "CHAT_TEMPLATE_REFUSED",
        "the chat template of chat: line 1: Only one turn");
    assertFails(
        "{{ raise_exception(messages[0].content) }}",
        WeftException.InvalidRequest.class,
        "CHAT_TEMPLATE_REFUSED",
        "the chat template of chat: line 1: the template does not accept this conversation");
    assertFails(
        "\n{{ messages[0].name + 'x' }}",
        WeftException.InvalidRequest.class,
        "CHAT_TEMPLATE_FAILED",
        "the chat template of chat: line 2: '+' cannot add str to undefined");
    assertFails(
        "{{ messages|wordwrap }}",
        WeftException.Unsupported.class,
        "CHAT_TEMPLATE_UNSUPPORTED",
        "the chat template of chat: line 1: filter 'wordwrap' is not supported");
    assertFails(
        "{{ range(1000000) }}",
        WeftException.InvalidRequest.class,
        "CHAT_TEMPLATE_LIMIT",
        "the chat template of chat: line 1: range of 1,000,000 > 100,000");
    assertFails(
        "{% for i in range(99999) %}ééééééééé{% endfor %}",
        WeftException.InvalidRequest.class,
        "PROMPT_TOO_LONG",
        "the prompt has 1,799,982 bytes > 1,048,576");
  }

  @Test
  void continuesTheFinalMessage() {
    String trimming = "{% for m in messages %}<{{ m.content | trim }}>{% endfor %}";
    assertThat(continued("{% for m in messages %}<{{ m.content }}>{% endfor %}", "Hi "))
        .isEqualTo("<Hi ");
    assertThat(continued(trimming, "Hi ")).isEqualTo("<Hi");
    assertThat(continued(trimming, "")).isEqualTo("<");
    assertThatExceptionOfType(WeftException.InvalidRequest.class)
        .isThrownBy(() -> continued("{{ messages[0].role }}", "Hi"))
        .withMessageStartingWith("the chat template leaves out or changes the final message");
    assertThatExceptionOfType(WeftException.InvalidRequest.class)
        .isThrownBy(() -> continued("{{ messages[0].content | upper }}", "Hi"))
        .withMessageStartingWith("the chat template leaves out or changes the final message");
  }

  private String continued(String template, String content) {
    try (TokenizerModel model = TestModels.load(TestModels.chat(root, "chat", template))) {
      return new ChatPrompt(
              List.of(new ChatPrompt.Message("assistant", content, Map.of())),
              List.of(),
              false,
              true,
              false,
              Map.of())
          .render(model);
    }
  }

  private String render(String template, Map<String, Object> options) {
    try (TokenizerModel model = TestModels.load(TestModels.chat(root, "chat", template))) {
      return chat(options, true).render(model);
    }
  }

  private void assertFails(
      String template, Class<? extends WeftException> type, String reason, String message) {
    try (TokenizerModel model = TestModels.load(TestModels.chat(root, "chat", template))) {
      assertThatExceptionOfType(type)
          .isThrownBy(() -> ChatEncoder.encode(model, chat(Map.of(), true)))
          .withMessage(message)
          .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }
  }

  private static void assertRefused(
      List<ChatPrompt.Message> messages, @Nullable Map<String, Object> options, String message) {
    assertThatExceptionOfType(WeftException.InvalidRequest.class)
        .isThrownBy(() -> new ChatPrompt(messages, List.of(), true, false, false, options))
        .withMessage(message);
  }

  private static ChatPrompt chat(Map<String, Object> options, boolean addGenerationPrompt) {
    return new ChatPrompt(List.of(HI), List.of(), addGenerationPrompt, false, false, options);
  }
}
