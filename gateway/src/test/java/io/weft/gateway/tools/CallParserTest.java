package io.weft.gateway.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.gateway.backend.ToolCallForm;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls told from text, however the text is cut into pieces. */
class CallParserTest {
  private static final Set<String> TOOLS = Set.of("add", "get_weather");

  /** "|" joins the text and the calls, of which each is NAME(ARGUMENTS). */
  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '"',
      value = {
        "<tool_call>{'name':'add','arguments':{'x':1}}</tool_call> ! |add({'x':1})",
        "<tool_call>\\n{'name': 'add', 'arguments': {'x': [1, {'y': '}'}]}}\\n</tool_call>\\n ! |add({'x': [1, {'y': '}'}]})",
        "I will add.\\n\\n<tool_call>{'name':'add','arguments':{}}</tool_call> ! I will add.|add({})",
        "<tool_call>{'name':'add','arguments':{}}</tool_call>\\n<tool_call>{'arguments':{'é':'日本</tool_call>'},'name':'get_weather'}</tool_call> ! |add({})|get_weather({'é':'日本</tool_call>'})",
        "<tool_call>{'name':'add','arguments':{}}</tool_call> Done. ! _ Done.|add({})",
        "<tool_call>{'name':'add','arguments':{}} ! |add({})",
        "<tool_call>{'name':'add','arguments':{}}</tool_c ! |add({})",
        "{'name':'add','arguments':{}} ! {'name':'add','arguments':{}}",
        "a <tool_call b ! a <tool_call b",
        "a <tool_call> ! a <tool_call>",
        "<tool_call>{'name':'other','arguments':{}}</tool_call> ! <tool_call>{'name':'other','arguments':{}}</tool_call>",
        "<tool_call>{'name':'add','arguments':[1]}</tool_call> ! <tool_call>{'name':'add','arguments':[1]}</tool_call>",
        "<tool_call>{'name':'add'}</tool_call> ! <tool_call>{'name':'add'}</tool_call>",
        "<tool_call>{'name':'add','name':'add','arguments':{}}</tool_call> ! <tool_call>{'name':'add','name':'add','arguments':{}}</tool_call>",
        "<tool_call>{'name':'add','arguments':{'x':</tool_call> ! <tool_call>{'name':'add','arguments':{'x':</tool_call>",
        "<tool_call>{'name':'add','arguments':{}} x</tool_call> ! <tool_call>{'name':'add','arguments':{}} x</tool_call>",
        "<tool_call>oh <tool_call>{'name':'add','arguments':{}}</tool_call> ! <tool_call>oh|add({})",
        "<tool_call>{'name':'addé','arguments':{}}</tool_call> ! <tool_call>{'name':'addé','arguments':{}}</tool_call>",
        "no calls \\n ! no calls \\n",
      })
  void tagged(String text, String expected) {
    check(ToolCallForm.TAGGED, text, expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '"',
      value = {
        "{'name':'add','parameters':{'x':1}} ! |add({'x':1})",
        " \\n<|python_tag|>{'type':'function','name':'add','parameters':{'x':1}} ; {'name':'get_weather','parameters':{}}<|eom_id|> ! |add({'x':1})|get_weather({})",
        "{'name':'add','arguments':{}} ! {'name':'add','arguments':{}}",
        "{'name':'add','parameters':{}} is a call ! {'name':'add','parameters':{}} is a call",
        "[{'name':'add','parameters':{}}] ! [{'name':'add','parameters':{}}]",
        "<|python_tag|>print(1) ! <|python_tag|>print(1)",
        "<|python ! <|python",
        "Call {'name':'add','parameters':{}} ! Call {'name':'add','parameters':{}}",
        "{'name':'add','parameters':{} ! {'name':'add','parameters':{}",
      })
  void llama(String text, String expected) {
    check(ToolCallForm.LLAMA, text, expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '"',
      value = {
        "{'name':'add','arguments':{'x':1}} ! |add({'x':1})",
        "[{'name':'add','arguments':{'x':1}}, {'name':'add','arguments':{'x':2}}] ! |add({'x':1})|add({'x':2})",
        "{'name':'add','arguments':{}}\\n{'name':'get_weather','arguments':{}}\\n ! |add({})|get_weather({})",
        "[] ! []",
        "[1,2] ! [1,2]",
        "[{'name':'add','arguments':{}},1] ! [{'name':'add','arguments':{}},1]",
        "[[{'name':'add','arguments':{}}]] ! [[{'name':'add','arguments':{}}]]",
        "{'answer':42} ! {'answer':42}",
        "42 ! 42",
        "{'name':'add','arguments':{}};{'name':'add','arguments':{}} ! {'name':'add','arguments':{}};{'name':'add','arguments':{}}",
      })
  void plainJson(String text, String expected) {
    check(ToolCallForm.JSON, text, expected);
  }

  @Test
  void forcedCallsAreToldAsTheyAreWritten() {
    CallParser parser = new ForcedCall(new Calls(TOOLS, true), "arguments");

    assertThat(parser.add(json("{'name': 'add', 'argu"))).isEmpty();
    List<CallPiece> first = parser.add(json("ments': {'x'"));
    assertThat(first).hasSize(2);
    assertThat(first.get(0))
        .isInstanceOfSatisfying(
            CallPiece.Begin.class,
            begin -> {
              assertThat(begin.name()).isEqualTo("add");
              assertThat(begin.id()).matches("call_[0-9a-f]{24}");
            });
    assertThat(first.get(1)).isEqualTo(new CallPiece.Arguments(0, json("{'x'")));
    assertThat(parser.add(json(": 'é'}")))
        .containsExactly(new CallPiece.Arguments(0, json(": 'é'}")));
    assertThat(parser.add("}")).isEmpty();
    assertThat(parser.end()).isEmpty();
    assertThat(parser.calls()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      quoteCharacter = '"',
      value = {
        "{'name':'add','arguments':{'x':[{}]}} ! |add({'x':[{}]})",
        "{'name':'add','arguments':{'x':[{ ! |add({'x':[{)",
        "{'name':'add','argum ! {'name':'add','argum",
        "{'name':'other','arguments':{}} ! {'name':'other','arguments':{}}",
        "no JSON ! no JSON",
      })
  void forced(String text, String expected) {
    assertThat(inPieces(new ForcedCall(new Calls(TOOLS, true), "arguments"), json(text), 1))
        .isEqualTo(json(expected));
  }

  @Test
  void oneCallWhereOnlyOneIsWanted() {
    CallParser parser = new TaggedCalls(new Calls(TOOLS, false));
    String call = json("<tool_call>{'name':'add','arguments':{}}</tool_call>");

    assertThat(inPieces(parser, call + "\n" + call, 7)).isEqualTo("|add({})");
  }

  @Test
  void callsBeyondTheirNumberStayText() {
    String call = json("<tool_call>{'name':'add','arguments':{}}</tool_call>");
    CallParser parser = new TaggedCalls(new Calls(TOOLS, true));

    String shown = inPieces(parser, call.repeat(130), 4_096);

    assertThat(parser.calls()).isEqualTo(128);
    assertThat(shown).startsWith(call + call + "|");
  }

  @Test
  void depthAndSizeAreBounded() {
    String deep = "<tool_call>{'name':'add','arguments':{'x':" + "[".repeat(70);
    String long1 = "<tool_call>{'name':'add','arguments':{'x':'" + "y".repeat(200_000);
    CallParser parser = new TaggedCalls(new Calls(TOOLS, true));

    assertThat(parser.add(json(deep)))
        .containsExactly(
            new CallPiece.Text("<tool_call>"),
            new CallPiece.Text(json(deep).substring("<tool_call>".length())));
    CallParser second = new TaggedCalls(new Calls(TOOLS, true));
    assertThat(inPieces(second, json(long1), 4_096)).isEqualTo(json(long1));
    assertThat(second.calls()).isZero();
    CallParser bare = new BareCalls(new Calls(TOOLS, true), ToolCallForm.JSON, List.of());
    assertThat(inPieces(bare, json(long1).substring("<tool_call>".length()), 4_096))
        .isEqualTo(json(long1).substring("<tool_call>".length()));
  }

  /** Beginnings of calls that never end must not be read again and again. */
  @Test
  void hostileTextTakesTimeInProportion() {
    for (String unit :
        List.of("<tool_call>{", "<tool_call>", "<tool_call>{'", "<tool_call>{'a':'", "<", " ")) {
      String text = json(unit).repeat(500_000 / unit.length());
      long start = System.nanoTime();

      String shown = WholeAnswer.of(new TaggedCalls(new Calls(TOOLS, true)).all(text)).text();

      assertThat(shown).isEqualTo(text);
      assertThat(System.nanoTime() - start).as(unit).isLessThan(5_000_000_000L);
    }
  }

  @Test
  void nothingIsLostOfAnyText() {
    List<String> parts =
        List.of(
            "<tool_call>",
            "</tool_call>",
            "{",
            "}",
            "\"name\":\"add\"",
            ",",
            " ",
            "x",
            "\"arguments\":",
            "[",
            "]",
            "é",
            "<|python_tag|>",
            ";");
    Random random = new Random(5);
    for (int i = 0; i < 3_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = random.nextInt(20); j >= 0; j--) {
        text.append(parts.get(random.nextInt(parts.size())));
      }
      for (ToolCallForm form : ToolCallForm.values()) {
        CallParser parser = parser(form);
        String shown = inPieces(parser, text.toString(), 1 + random.nextInt(5));
        if (parser.calls() == 0) {
          assertThat(shown).isEqualTo(text.toString());
        }
      }
    }
  }

  private static void check(ToolCallForm form, String text, String expected) {
    String whole = json(text);
    for (int size = 1; size <= whole.length(); size++) {
      assertThat(inPieces(parser(form), whole, size))
          .as("pieces of %d", size)
          .isEqualTo(json(expected));
    }
    assertThat(show(parser(form).all(whole))).isEqualTo(json(expected));
  }

  private static CallParser parser(ToolCallForm form) {
    Calls calls = new Calls(TOOLS, true);
    return switch (form) {
      case TAGGED -> new TaggedCalls(calls);
      case LLAMA -> new BareCalls(calls, form, List.of("<|python_tag|>", "<|eom_id|>", ";"));
      case JSON -> new BareCalls(calls, form, List.of());
    };
  }

  private static String inPieces(CallParser parser, String text, int size) {
    List<CallPiece> pieces = new ArrayList<>();
    for (int from = 0; from < text.length(); from += size) {
      pieces.addAll(parser.add(text.substring(from, Math.min(text.length(), from + size))));
    }
    pieces.addAll(parser.end());
    return show(pieces);
  }

  private static String show(List<CallPiece> pieces) {
    WholeAnswer answer = WholeAnswer.of(pieces);
    StringBuilder shown = new StringBuilder(answer.text());
    answer
        .calls()
        .forEach(
            c -> shown.append('|').append(c.name()).append('(').append(c.arguments()).append(')'));
    return shown.toString();
  }

  private static String json(String text) {
    return text.replace('\'', '"').replace("\\n", "\n").replace("_ ", " ");
  }
}
