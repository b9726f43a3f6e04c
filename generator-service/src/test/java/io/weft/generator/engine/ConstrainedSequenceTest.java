package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.generator.constraint.ConstraintSpec;
import io.weft.generator.constraint.Constraints;
import io.weft.generator.constraint.TokenConstraint;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.generator.text.Vocabularies;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ConstrainedSequenceTest {
  private static final int A = 0;
  private static final int B = 1;

  private final Constraints constraints =
      new Constraints(
          "fake", Vocabularies.letters(FakeModelRunner.VOCABULARY), Duration.ofSeconds(5), 1 << 20);
  private final Harness harness = new Harness(new FakeModelRunner(4, 64));

  @AfterEach
  void close() {
    constraints.close();
  }

  @Test
  void endsByItselfWhereNothingCanFollow() {
    RecordingSink sink = run(Requests.greedy(20, 1, 2).with(regex("(ab|cd){2}x")));

    assertThat(sink.text(0)).matches("(ab|cd){2}x");
    assertThat(sink.ids(0)).hasSize(5);
    assertThat(sink.finished(0).reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void maxTokensCutsItWhereverItStands() {
    RecordingSink sink = run(Requests.greedy(3, 1).with(regex("(ab|cd){2}x")));

    assertThat(sink.text(0)).matches("(ab|cd)[ac]");
    assertThat(sink.finished(0).reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void aTokenThatEndsTheSequenceComesOnlyWhereTheTextIsComplete() {
    StopOptions stop = Requests.stop(20, 0, Set.of(B));

    for (int seed = 0; seed < 50; seed++) {
      RecordingSink sink = run(sampled(seed, stop).with(regex("(aaa)+")));

      assertThat(sink.finished(0).reason()).isIn(FinishReason.STOP, FinishReason.LENGTH);
      if (sink.finished(0).reason() == FinishReason.STOP) {
        assertThat(sink.text(0)).matches("(aaa)+");
        assertThat(sink.ids(0).getLast()).isEqualTo(B);
      }
    }
  }

  @Test
  void minTokensHoldsBackTheEndOnlyAsLongAsSomethingCanFollow() {
    for (int seed = 0; seed < 20; seed++) {
      RecordingSink atLeast3 =
          run(sampled(seed, Requests.stop(20, 3, Set.of(B))).with(regex("a{1,5}")));
      RecordingSink atLeast9 =
          run(sampled(seed, Requests.stop(20, 9, Set.of(B))).with(regex("a{1,5}")));

      assertThat(atLeast3.text(0)).matches("a{3,5}");
      assertThat(atLeast9.text(0)).isEqualTo("aaaaa");
      assertThat(atLeast9.finished(0).reason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void withoutEndTokensItGoesOnUntilNothingCanFollow() {
    RecordingSink sink = run(Requests.greedy(20, 1).with(regex("a{1,5}")));

    assertThat(sink.text(0)).isEqualTo("aaaaa");
    assertThat(sink.finished(0).reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void aStopTokenThatIsTextMayBeTheOnlyOneThatFits() {
    RecordingSink sink =
        run(
            Requests.request(1, SamplingOptions.likeliest(), Requests.stop(20, 5, Set.of(A, 26)), 1)
                .with(regex("a{8}b")));

    assertThat(sink.ids(0)).hasSize(6).containsAnyOf(A, 26);
    assertThat(sink.finished(0).reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void everySequenceHasItsOwnPlaceWhateverElseRuns() {
    List<GenerationRequest> requests = new ArrayList<>();
    for (int seed = 0; seed < 12; seed++) {
      String pattern = seed % 2 == 0 ? "(ab*c|de){3,6}" : "[f-k]{2}(x|yz)+";
      GenerationRequest request = Requests.sampled(1 + seed % 3, seed, 10 + seed, seed, 2);
      requests.add(seed % 3 == 0 ? request : request.with(regex(pattern)));
    }
    List<RecordingSink> sinks = requests.stream().map(harness::submit).toList();
    harness.closeInbox();
    harness.run();

    for (int i = 0; i < requests.size(); i++) {
      assertThat(sinks.get(i).ids()).isEqualTo(Harness.alone(requests.get(i), 64).ids());
    }
  }

  private TokenConstraint regex(String pattern) {
    return constraints.get(new ConstraintSpec.Regex(pattern), () -> true).join();
  }

  private static GenerationRequest sampled(int seed, StopOptions stop) {
    return Requests.request(1, Requests.sampled(1, seed, 1, 1).sampling(), stop, 1 + seed % 7);
  }

  private static RecordingSink run(GenerationRequest request) {
    return Harness.alone(request, 64);
  }
}
