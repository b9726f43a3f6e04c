package io.weft.generator;

import io.weft.runtime.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  @Test
  void keepsTheRulesOfTheArchitecture() {
    ArchitectureRules.check("io.weft.generator");
  }
}
