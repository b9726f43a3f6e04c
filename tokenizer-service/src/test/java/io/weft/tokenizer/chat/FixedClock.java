package io.weft.tokenizer.chat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

/** Templates that live in one moment: 9 January 2025, 05:04:03.002 UTC. */
public final class FixedClock {
  private static final Clock NOW =
      Clock.fixed(Instant.parse("2025-01-09T05:04:03.002Z"), ZoneOffset.UTC);

  private FixedClock() {}

  /** A template with generous bounds. */
  public static ChatTemplate parse(String source) {
    return ChatTemplate.parse(
        source, new TemplateLimits(1 << 20, Duration.ofSeconds(10)), System::nanoTime, NOW);
  }
}
