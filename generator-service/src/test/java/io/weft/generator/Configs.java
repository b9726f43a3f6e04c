package io.weft.generator;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.Map;

/** Configurations for tests. */
final class Configs {
  private Configs() {}

  /** The configuration with these keys, and defaults else. */
  static GeneratorConfig config(Map<String, String> values) {
    SmallRyeConfig config =
        new SmallRyeConfigBuilder()
            .withSources(new PropertiesConfigSource(values, "test", 100))
            .withMapping(GeneratorConfig.class)
            .withConverter(Duration.class, 100, new DurationConverter())
            .build();
    return config.getConfigMapping(GeneratorConfig.class);
  }
}
