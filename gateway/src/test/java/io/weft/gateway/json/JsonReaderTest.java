package io.weft.gateway.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.runtime.error.WeftException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonReaderTest {
  @Test
  void readsValuesByName() {
    List<Object> read = new ArrayList<>();

    JsonReader.readBody(
        body(
            "{\"s\":\"\u00e9\u20ac\\ud83d\\ude00\",\"i\":5.0,\"d\":0.5,\"b\":false,\"x\":{\"y\":[1,{}]},\"n\":null}"),
        (name, value) -> {
          switch (name) {
            case "s" -> read.add(value.string());
            case "i" -> read.add(value.integer(0, 9));
            case "d" -> read.add(value.number(Bounds.closed(0, 1)));
            case "b" -> read.add(value.bool());
            case "x" -> value.skip();
            default -> read.add("unexpected " + name);
          }
        });

    assertThat(read).containsExactly("\u00e9\u20ac\ud83d\ude00", 5, 0.5f, false);
  }

  @Test
  void skipsAByteOrderMark() {
    List<String> read = new ArrayList<>();

    JsonReader.readBody(body("\uFEFF{\"s\":\"a\"}"), (_, value) -> read.add(value.string()));

    assertThat(read).containsExactly("a");
  }

  @Test
  void namesTheWholePath() {
    assertThatThrownBy(
            () ->
                JsonReader.readBody(
                    body("{\"a\":[{},{\"b\":[1,\"2\"]}]}"),
                    (_, a) ->
                        a.array(
                            entry ->
                                entry.object((_, b) -> b.array(number -> number.integer(0, 9))))))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessage("a[1].b[1] must be a number, not a string");
  }

  @ParameterizedTest
  @CsvSource({
    "9223372036854775807,9223372036854775807",
    "-9223372036854775808,-9223372036854775808",
    "1e3,1000",
    "-0.0,0"
  })
  void readsWholeNumbersOfAllSizes(String json, long expected) {
    List<Long> read = new ArrayList<>();
    JsonReader.readBody(
        body("{\"i\":" + json + "}"),
        (_, value) -> read.add(value.integer(Long.MIN_VALUE, Long.MAX_VALUE)));

    assertThat(read).containsExactly(expected);
  }

  @ParameterizedTest
  @CsvSource({"9223372036854775808", "1e19", "-1e300", "1e999"})
  void refusesWholeNumbersBeyondLong(String json) {
    assertThatThrownBy(
            () ->
                JsonReader.readBody(
                    body("{\"i\":" + json + "}"),
                    (_, value) -> value.integer(Long.MIN_VALUE, Long.MAX_VALUE)))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessageMatching("i is .*, it must be (between|at least) -9,223,372,036,854,775,808.*");
  }

  @Test
  void refusesWhatIsNotUtf8WithoutQuotingIt() {
    byte[] latin1 = "{\"s\":\"caf\u00e9 creme\"}".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(
            () ->
                JsonReader.readBody(new ByteArrayInputStream(latin1), (_, value) -> value.string()))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessageStartingWith("the body is not valid")
        .hasMessageNotContaining("caf");
  }

  @Test
  void aBodyThatBreaksOffIsTheClientsGoing() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("Connection reset");
          }
        };

    assertThatThrownBy(() -> JsonReader.readBody(broken, (_, value) -> value.skip()))
        .isInstanceOf(WeftException.Cancelled.class);
  }

  /** Short as they are in a body, in memory they are not. */
  @Test
  void tellsOfNamesAndOfValuesOfTrees() {
    String names =
        IntStream.range(0, 1_000).mapToObj("\"%x\":1"::formatted).collect(Collectors.joining(","));
    String values = "{},".repeat(999) + "{}";
    CountedBody counted = new CountedBody("{\"a\":{%s},\"b\":[%s]}".formatted(names, values));

    JsonReader.readBody(
        counted,
        (name, value) -> {
          if (name.equals("b")) {
            value.tree(10_000, 2);
          } else {
            value.skip();
          }
        });

    assertThat(counted.bytes).isBetween(1_936L * 96, 2_003L * 96);
  }

  @Test
  void refusesTreesOfTooManyValues() {
    String tree = "[" + "{},".repeat(20_000) + "{}]";
    InputStream body = body("{\"t\":[%s,%s,%s,%s]}".formatted(tree, tree, tree, tree));

    assertThatThrownBy(
            () -> JsonReader.readBody(body, (_, value) -> value.array(t -> t.tree(65_536, 2))))
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessage(
            "the body has 80,008 values in t[3] and the like up to there, the limit is 65,536");
  }

  /** A body that counts what it is told of. */
  private static final class CountedBody extends ByteArrayInputStream implements Weighed {
    private long bytes;

    CountedBody(String json) {
      super(json.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void hold(long more) {
      bytes += more;
    }
  }

  private static InputStream body(String json) {
    return new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
  }
}
