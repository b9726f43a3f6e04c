package io.weft.gateway.security;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file of keys: a line each, {@code NAME sha256:HEX} and limits, the hash being that of the
 * whole key. Empty lines and those that begin with {@code #} say nothing. Messages name the line,
 * never what it says: somebody may have written a key there.
 */
final class KeysFile {
  /** Most keys: every request is compared with all of them. */
  static final int MAX_KEYS = 1_000;

  private static final long MAX_BYTES = 1 << 20;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern LIMIT =
      Pattern.compile(
          "(requests-per-minute|tokens-per-minute|concurrent-requests)=([1-9][0-9]{0,8})");
  private static final String HASH = "sha256:";
  private static final Pattern HASH_WORD = Pattern.compile(HASH + "[0-9a-fA-F]{64}");

  private KeysFile() {}

  /**
   * One key.
   *
   * @param name the tenant's
   * @param hash SHA-256 of the key, 64 hexadecimal digits, small letters
   * @param limits what it may use
   */
  record Entry(String name, String hash, KeyLimits limits) {}

  /** The file cannot be used. The message says why. */
  static final class Malformed extends Exception {
    Malformed(String message) {
      super(message);
    }
  }

  /**
   * Reads the file.
   *
   * @return the keys, at least one
   */
  static List<Entry> read(Path file) throws Malformed {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new Malformed("it has %,d bytes, the limit is %,d".formatted(size, MAX_BYTES));
      }
      return parse(Files.readAllLines(file));
    } catch (CharacterCodingException e) {
      throw new Malformed("it is not UTF-8");
    } catch (IOException e) {
      throw new Malformed("it cannot be read (%s)".formatted(e.getClass().getSimpleName()));
    }
  }

  static List<Entry> parse(List<String> lines) throws Malformed {
    List<Entry> keys = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Entry key = entry(line, i + 1);
      if (!seen.add(key.name()) || !seen.add(HASH + key.hash())) {
        throw new Malformed("line %,d repeats a name or a hash".formatted(i + 1));
      }
      keys.add(key);
    }
    if (keys.isEmpty()) {
      throw new Malformed("it has no key");
    }
    if (keys.size() > MAX_KEYS) {
      throw new Malformed("it has %,d keys, the limit is %,d".formatted(keys.size(), MAX_KEYS));
    }
    return List.copyOf(keys);
  }

  private static Entry entry(String line, int number) throws Malformed {
    String[] words = line.split("\\s+", -1);
    if (words.length < 2) {
      throw new Malformed("line %,d is not: NAME sha256:HEX [LIMIT=NUMBER]...".formatted(number));
    }
    if (!NAME.matcher(words[0]).matches()) {
      throw new Malformed(
          "line %,d: a name has 1 to 64 letters, digits, '.', '_' or '-'".formatted(number));
    }
    return new Entry(
        words[0],
        hash(words[1], number),
        limits(Arrays.asList(words).subList(2, words.length), number));
  }

  private static KeyLimits limits(List<String> words, int number) throws Malformed {
    Map<String, Long> values = new HashMap<>();
    for (String word : words) {
      Matcher limit = LIMIT.matcher(word);
      if (!limit.matches() || values.put(limit.group(1), Long.valueOf(limit.group(2))) != null) {
        throw new Malformed(
            "line %,d: limits are, once each, requests-per-minute=N, tokens-per-minute=N and concurrent-requests=N, N from 1 to 999,999,999"
                .formatted(number));
      }
    }
    return new KeyLimits(
        values.getOrDefault("requests-per-minute", 0L),
        values.getOrDefault("tokens-per-minute", 0L),
        values.getOrDefault("concurrent-requests", 0L));
  }

  private static String hash(String word, int number) throws Malformed {
    if (!HASH_WORD.matcher(word).matches()) {
      throw new Malformed(
          "line %,d: a hash is sha256: and 64 hexadecimal digits".formatted(number));
    }
    return word.substring(HASH.length()).toLowerCase(Locale.ROOT);
  }
}
