package io.weft.gateway.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PrefixMapTest {
  private final PrefixMap map = new PrefixMap();
  private final Replica a = new Replica("a:1", () -> 0);
  private final Replica b = new Replica("b:1", () -> 0);
  private final List<Replica> all = List.of(a, b);

  @Test
  void hasAHashEach16TokensAndLaterEach128() {
    assertThat(prefix(0, 15).size()).isZero();
    assertThat(prefix(0, 16).size()).isEqualTo(1);
    assertThat(prefix(0, 512).size()).isEqualTo(32);
    assertThat(prefix(0, 639).size()).isEqualTo(32);
    assertThat(prefix(0, 640).size()).isEqualTo(33);
  }

  @Test
  void theLongestBeginningCounts() {
    map.put(prefix(0, 160), a);
    map.put(prefix(0, 64, 1, 160), b);
    assertThat(map.holder(prefix(0, 170), all)).isEqualTo(a);
    assertThat(map.holder(prefix(0, 64, 1, 170), all)).isEqualTo(b);
    assertThat(map.holder(prefix(0, 64, 2, 170), all)).as("64 in common, b was last").isEqualTo(b);
    assertThat(map.holder(prefix(0, 170), List.of(b))).as("64 in common").isEqualTo(b);
    assertThat(map.holder(prefix(3, 170), all)).isNull();
  }

  @Test
  void forgetsWhatWasNotUsedForLongest() {
    map.put(prefix(1, 16), a);
    map.put(prefix(2, 16), a);
    for (int i = 0; i < PrefixMap.CAPACITY - 2; i++) {
      map.put(prefix(10 + i, 16), b);
    }
    assertThat(map.holder(prefix(1, 16), all)).isEqualTo(a);
    map.put(prefix(3, 16), b);
    assertThat(map.holder(prefix(1, 16), all)).as("used a moment ago").isEqualTo(a);
    assertThat(map.holder(prefix(2, 16), all)).isNull();
  }

  /** Tokens of one kind, then of another: kind, until, kind, until, ... */
  private static Prefix prefix(int... parts) {
    Prefix.Builder prefix = new Prefix.Builder();
    int token = 0;
    for (int i = 0; i < parts.length; i += 2) {
      while (token < parts[i + 1]) {
        prefix.add(1_000 * parts[i] + token++ % 1_000);
      }
    }
    return prefix.build();
  }
}
