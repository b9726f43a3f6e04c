package io.weft.encoder.testing;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.weft.encoder.EncoderConfig;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/** Configurations as the service reads them. */
public final class Configs {
  private Configs() {}

  /** Defaults and these values, whose keys stand below {@code weft.encoder}. */
  public static EncoderConfig of(Map<String, String> values) {
    Map<String, String> properties =
        values.entrySet().stream()
            .collect(Collectors.toMap(e -> "weft.encoder." + e.getKey(), Map.Entry::getValue));
    return new SmallRyeConfigBuilder()
        .withSources(new PropertiesConfigSource(properties, "test", 100))
        .withMapping(EncoderConfig.class)
        .withConverter(Duration.class, 100, new DurationConverter())
        .build()
        .getConfigMapping(EncoderConfig.class);
  }
}
