package io.weft.generator.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.generator.text.Vocabularies;
import io.weft.runtime.error.WeftException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ConstraintsTest {
  private static final ConstraintSpec SPEC = new ConstraintSpec.Regex("a+");

  private final Constraints constraints = constraints(64 << 20);

  @AfterEach
  void close() {
    constraints.close();
  }

  @Test
  void whatIsTheSameIsCompiledOnce() {
    TokenConstraint first = constraints.get(SPEC, () -> true).join();

    assertThat(constraints.get(new ConstraintSpec.Regex("a+"), () -> true).join()).isSameAs(first);
    assertThat(constraints.get(new ConstraintSpec.Regex("a*"), () -> true).join())
        .isNotSameAs(first);
  }

  @Test
  void theLeastRecentlyUsedGoWhenMemoryIsShort() {
    // Room for two.
    try (Constraints small = constraints(2 * TokenConstraint.MASK_BYTES + 1_000_000)) {
      TokenConstraint first = small.get(SPEC, () -> true).join();
      TokenConstraint second = small.get(new ConstraintSpec.Regex("b+"), () -> true).join();
      assertThat(small.get(SPEC, () -> true).join()).isSameAs(first);
      small.get(new ConstraintSpec.Regex("c+"), () -> true).join();

      assertThat(small.get(SPEC, () -> true).join()).isSameAs(first);
      assertThat(small.get(new ConstraintSpec.Regex("b+"), () -> true).join()).isNotSameAs(second);
    }
  }

  @Test
  void failuresAreToldAndNotKept() {
    ConstraintSpec wrong = new ConstraintSpec.Regex("(");

    CompletableFuture<TokenConstraint> first = constraints.get(wrong, () -> true);

    assertThatThrownBy(first::join).hasCauseInstanceOf(WeftException.InvalidRequest.class);
    assertThat(constraints.get(wrong, () -> true)).isNotSameAs(first);
  }

  @Test
  void whatTakesTooLongIsRefused() {
    try (Constraints hasty =
        new Constraints("test", Vocabularies.bytesAndWords(false), Duration.ofNanos(1), 1)) {
      assertThatThrownBy(hasty.get(new ConstraintSpec.Regex("a{2000}"), () -> true)::join)
          .cause()
          .isInstanceOfSatisfying(
              WeftException.InvalidRequest.class,
              e -> assertThat(e.reason()).isEqualTo("CONSTRAINT_TOO_COMPLEX"))
          .hasMessageContaining("takes longer than");
    }
  }

  @Test
  void whatNobodyWaitsForIsNotCompiled() {
    // Would be refused, had it been looked at.
    ConstraintSpec wrong = new ConstraintSpec.Regex("(");
    CompletableFuture<TokenConstraint> left = constraints.get(wrong, () -> false);
    assertThatThrownBy(left::join).hasCauseInstanceOf(WeftException.Cancelled.class);
    assertThat(constraints.get(wrong, () -> true)).isNotSameAs(left);

    constraints.get(SPEC, () -> false);
    assertThat(constraints.get(SPEC, () -> true).join()).isNotNull();
  }

  @Test
  void afterTheEndNothingIsCompiled() {
    constraints.close();

    assertThatThrownBy(constraints.get(SPEC, () -> true)::join)
        .hasCauseInstanceOf(WeftException.Unavailable.class);
  }

  private static Constraints constraints(long bytes) {
    return new Constraints("test", Vocabularies.bytesAndWords(false), Duration.ofSeconds(5), bytes);
  }
}
