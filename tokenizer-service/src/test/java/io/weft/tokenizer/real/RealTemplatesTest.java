package io.weft.tokenizer.real;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.weft.tokenizer.Goldens;
import io.weft.tokenizer.chat.FixedClock;
import io.weft.tokenizer.chat.TemplateException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Published chat templates, rendered with conversations of our own, against Jinja2 set up as
 * transformers does ({@code e2e/goldens/real_template_goldens.py}), byte for byte, refusals
 * included. Of 70 templates, two are compared without the conversations that offer tools.
 */
class RealTemplatesTest {
  private static final JsonNode GOLDENS = Goldens.json("real/templates.goldens.json");
  private static final JsonNode CHATS = Goldens.json("real/chat_conversations.json");

  /**
   * functionary joins text to {@code safe} text, which Jinja2 then escapes as HTML and Weft does
   * not; of the other, Jinja2 cannot print {@code map(...)|tojson}, and Weft can.
   */
  private static final Set<String> WITHOUT_TOOLS =
      Set.of("meetkai-functionary-medium-v3.1", "llama-cpp-deepseek-r1");

  @TestFactory
  Stream<DynamicTest> rendersAsJinja2() {
    Path folder = Assets.folder("llama-cpp");
    return GOLDENS.properties().stream()
        .map(
            golden ->
                DynamicTest.dynamicTest(
                    golden.getKey(), () -> check(folder, golden.getKey(), golden.getValue())));
  }

  @Test
  void coversAllTemplatesThereAre() {
    List<String> names = Assets.names(Assets.folder("llama-cpp"), ".jinja");

    assertThat(GOLDENS.fieldNames()).toIterable().containsExactlyInAnyOrderElementsOf(names);
  }

  /** The bounds are for templates gone wrong: of those of models none comes near, but by length. */
  @Test
  void longConversationsStayWithinTheBounds() throws IOException {
    Path folder = Assets.folder("llama-cpp");
    List<Object> messages = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      messages.add(
          Map.of("role", i % 2 == 0 ? "user" : "assistant", "content", "Words. ".repeat(300)));
    }
    List<String> outOfBounds = new ArrayList<>();
    for (String name : Assets.names(folder, ".jinja")) {
      Map<String, @Nullable Object> variables = variables(CHATS.path("none"));
      variables.put("messages", messages);
      try {
        FixedClock.parse(Files.readString(folder.resolve(name + ".jinja"))).render(variables);
      } catch (TemplateException e) {
        if (e.kind() == TemplateException.Kind.LIMIT) {
          outOfBounds.add(name + ": " + e.getMessage());
        }
      }
    }
    assertThat(outOfBounds).isEmpty();
  }

  private static void check(Path folder, String name, JsonNode golden) throws IOException {
    String source = Files.readString(folder.resolve(name + ".jinja"));
    assertThat(digest(source)).as("the template itself").isEqualTo(golden.path("sha256").asText());
    Map<String, String> expected = new TreeMap<>();
    Map<String, String> actual = new TreeMap<>();
    golden
        .path("prompts")
        .properties()
        .forEach(
            prompt -> {
              if (WITHOUT_TOOLS.contains(name) && CHATS.path(prompt.getKey()).has("tools")) {
                return;
              }
              expected.put(prompt.getKey(), prompt.getValue().asText());
              actual.put(prompt.getKey(), outcome(source, CHATS.path(prompt.getKey())));
            });
    assertThat(actual)
        .as("prompts; see real_template_goldens.py %s CONVERSATION", name)
        .isEqualTo(expected);
  }

  private static String outcome(String source, JsonNode chat) {
    try {
      return digest(FixedClock.parse(source).render(variables(chat)));
    } catch (TemplateException e) {
      return switch (e.kind()) {
        case REFUSED, EVALUATION, SYNTAX -> "refused";
        case LIMIT -> e.kind() + ": " + e.getMessage();
      };
    }
  }

  private static Map<String, @Nullable Object> variables(JsonNode chat) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    variables.put("bos_token", "<s>");
    variables.put("eos_token", "</s>");
    variables.put("pad_token", "<pad>");
    variables.putAll(Goldens.map(chat.path("options")));
    Map<String, Object> fields = Goldens.map(chat);
    variables.put("messages", fields.get("messages"));
    variables.put("tools", fields.get("tools"));
    variables.put("documents", null);
    variables.put("add_generation_prompt", chat.path("add_generation_prompt").asBoolean(true));
    return variables;
  }

  private static String digest(String text) {
    MessageDigest digest = Assets.sha256();
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return Assets.finish(digest);
  }
}
