package io.weft.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeysFileTest {
  private static final String HASH = "sha256:" + "0a".repeat(32);
  private static final String OTHER = "sha256:" + "0B".repeat(32);

  private static final String LIMITS =
      "requests-per-minute=N, tokens-per-minute=N and concurrent-requests=N, N from 1 to 999,999,999";

  @TempDir Path folder;

  @Test
  void reads() throws Exception {
    List<KeysFile.Entry> keys =
        KeysFile.read(
            Files.writeString(
                folder.resolve("keys"), "# who\n\nalice " + HASH + "\n  b.o_b-2\t" + OTHER + " "));

    assertThat(keys).extracting(KeysFile.Entry::name).containsExactly("alice", "b.o_b-2");
    assertThat(keys.get(1).hash()).isEqualTo("0b".repeat(32));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alice | line 1 is not: NAME sha256:HEX [LIMIT=NUMBER]...",
        "alice H H | line 1: limits are, once each, LIMITS",
        "alice H requests-per-minute=0 | line 1: limits are, once each, LIMITS",
        "alice H requests-per-minute=1000000000 | line 1: limits are, once each, LIMITS",
        "alice H requests-per-hour=1 | line 1: limits are, once each, LIMITS",
        "alice H tokens-per-minute=1 tokens-per-minute=1 | line 1: limits are, once each, LIMITS",
        "-a H | line 1: a name has 1 to 64 letters, digits, '.', '_' or '-'",
        "a/b H | line 1: a name has 1 to 64 letters, digits, '.', '_' or '-'",
        "alice weft-secret | line 1: a hash is sha256: and 64 hexadecimal digits",
        "alice sha256:0a0a | line 1: a hash is sha256: and 64 hexadecimal digits",
        "alice sha256:xy | line 1: a hash is sha256: and 64 hexadecimal digits",
        "alice H;alice O | line 2 repeats a name or a hash",
        "alice H;bob H | line 2 repeats a name or a hash",
        "# nobody | it has no key"
      })
  void refuses(String lines, String message) {
    String file = lines.replace("H", HASH).replace(" O", " " + OTHER);

    assertThatThrownBy(() -> KeysFile.parse(List.of(file.split(";"))))
        .isInstanceOf(KeysFile.Malformed.class)
        .hasMessage(message.replace("LIMITS", LIMITS));
  }

  @Test
  void limits() throws Exception {
    List<KeysFile.Entry> keys =
        KeysFile.parse(
            List.of(
                "a " + HASH + " concurrent-requests=3 tokens-per-minute=2 requests-per-minute=1",
                "b " + OTHER + " tokens-per-minute=999999999"));

    assertThat(keys)
        .extracting(KeysFile.Entry::limits)
        .containsExactly(new KeyLimits(1, 2, 3), new KeyLimits(0, 999_999_999, 0));
  }

  @Test
  void refusesTooManyKeysAndTooManyBytes() throws Exception {
    List<String> lines =
        IntStream.rangeClosed(0, KeysFile.MAX_KEYS)
            .mapToObj(i -> "k%d sha256:%064x".formatted(i, i))
            .toList();
    assertThat(KeysFile.parse(lines.subList(0, KeysFile.MAX_KEYS))).hasSize(KeysFile.MAX_KEYS);
    assertThatThrownBy(() -> KeysFile.parse(lines))
        .hasMessage("it has 1,001 keys, the limit is 1,000");

    Path large = Files.writeString(folder.resolve("large"), "#".repeat((1 << 20) + 1));
    assertThatThrownBy(() -> KeysFile.read(large))
        .hasMessage("it has 1,048,577 bytes, the limit is 1,048,576");
    Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff});
    assertThatThrownBy(() -> KeysFile.read(binary)).hasMessage("it is not UTF-8");
    assertThatThrownBy(() -> KeysFile.read(folder.resolve("none")))
        .hasMessage("it cannot be read (NoSuchFileException)");
  }
}
