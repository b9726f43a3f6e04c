package io.weft.tokenizer;

import io.weft.runtime.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  @Test
  void keepsTheRules() {
    ArchitectureRules.check("io.weft.tokenizer");
  }
}
