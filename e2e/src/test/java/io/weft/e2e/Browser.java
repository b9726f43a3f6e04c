package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** Chromium on the playground page, driven by {@code src/test/browser/playground.mjs}. */
final class Browser {
  private Browser() {}

  /** Runs one check of {@code checks.mjs}; its screenshots stay in {@code target/playground}. */
  static void check(WeftStack stack, String check) {
    WeftStack.Result result =
        stack.run(
            List.of(
                "node",
                "e2e/src/test/browser/playground.mjs",
                "http://127.0.0.1:" + stack.port(8080),
                check,
                WeftStack.ROOT.resolve(".cache/browser").toString(),
                WeftStack.ROOT.resolve("e2e/target/playground").toString()));

    assertThat(result.exit()).as(result.output()).isZero();
  }
}
