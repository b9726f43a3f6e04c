package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.generator.engine.BeamOptions.EarlyStopping;
import io.weft.generator.sampling.Penalties;
import io.weft.generator.sampling.SamplingOptions;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Beam search over slots whose tokens decide the logits: a beam in the wrong slot is seen. */
@Timeout(60)
class BeamSearchTest {
  private static final SamplingOptions ANY = SamplingOptions.likeliest();

  /** A beam as a plain list of tokens. */
  private record Plain(List<Integer> tokens, double sum) {}

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8})
  void followsTheLikeliestSequences(int numBeams) {
    RecordingSink sink = Harness.alone(request(numBeams, numBeams, 12, Set.of(), 3, 1, 4), 64);

    List<Plain> expected = plain(numBeams, 12, 3, 1, 4);
    for (int i = 0; i < numBeams; i++) {
      assertThat(sink.ids(i)).isEqualTo(expected.get(i).tokens());
      assertThat(sink.finished(i).reason()).isEqualTo(FinishReason.LENGTH);
    }
  }

  @Test
  void holdsAllItsSlotsAndLetsThemGo() {
    FakeModelRunner runner = new FakeModelRunner(4, 64);
    Harness harness = new Harness(runner);
    RecordingSink before = harness.submit(Requests.greedy(6, 1));
    RecordingSink first = harness.submit(request(3, 2, 8, Set.of(), 2, 3));
    RecordingSink second = harness.submit(request(4, 4, 8, Set.of(), 4, 5));
    RecordingSink after = harness.submit(Requests.greedy(20, 6));
    harness.closeInbox();
    harness.run();

    assertThat(before.ids(0)).isEqualTo(Harness.alone(Requests.greedy(6, 1), 64).ids(0));
    assertThat(first.ids()).isEqualTo(Harness.alone(request(3, 2, 8, Set.of(), 2, 3), 64).ids());
    assertThat(second.ids()).isEqualTo(Harness.alone(request(4, 4, 8, Set.of(), 4, 5), 64).ids());
    assertThat(after.ids(0)).isEqualTo(Harness.alone(Requests.greedy(20, 6), 64).ids(0));
    assertThat(runner.usedSlots()).isZero();
    assertThat(harness.load().running()).isZero();
  }

  /** Its prompt and its likely repetitions would give drafts. */
  @Test
  void isNotSpeculatedAbout() {
    SamplingOptions likely = new SamplingOptions(0, 0, 1, 0, 1, Map.of(3, 6f, 4, 6f));
    GenerationRequest request =
        Requests.beams(
            new BeamOptions(2, 1, EarlyStopping.LIKELY),
            Requests.request(2, likely, StopOptions.after(20), 3, 4, 3, 4, 3, 4));
    Harness harness =
        new Harness(new FakeModelRunner(2, 64), Harness.CHUNK, new Speculation.Options(8, 4));
    RecordingSink sink = harness.submit(request);
    harness.closeInbox();
    harness.run();

    assertThat(sink.ids()).isEqualTo(Harness.alone(request, 64).ids()).hasSize(2);
    assertThat(sink.ids(0)).hasSize(20);
  }

  @Test
  void keepsSlotsFreeWhileItsLongPromptRuns() {
    FakeModelRunner runner = new FakeModelRunner(3, 64);
    Harness harness = new Harness(runner);
    int[] prompt = IntStream.range(0, 30).toArray();
    RecordingSink search = harness.submit(request(3, 1, 5, Set.of(), prompt));
    List<RecordingSink> others = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      others.add(harness.submit(Requests.greedy(9, 30 + i)));
    }
    harness.closeInbox();
    harness.run();

    assertThat(search.ids()).isEqualTo(Harness.alone(request(3, 1, 5, Set.of(), prompt), 64).ids());
    assertThat(others).allMatch(RecordingSink::isComplete);
  }

  @Test
  void theTokenThatEndsASequenceIsNotPartOfTheText() {
    int end = plain(2, 12, 1, 7).getFirst().tokens().get(4);
    RecordingSink sink = Harness.alone(request(2, 2, 12, Set.of(end), 1, 7), 64);

    for (int i = 0; i < 2; i++) {
      if (sink.finished(i).reason() == FinishReason.STOP) {
        assertThat(sink.ids(i)).endsWith(end);
        assertThat(sink.text(i)).hasSize(sink.ids(i).size() - 1);
      }
    }
    assertThat(sink.finished(0).reason()).isEqualTo(FinishReason.STOP);
    assertThat(sink.finished(0).score()).isGreaterThanOrEqualTo(sink.finished(1).score());
  }

  @Test
  void cancellingFreesAllSlots() {
    FakeModelRunner runner = new FakeModelRunner(4, 64);
    Harness harness = new Harness(runner);
    RecordingSink sink = new RecordingSink();
    Generation generation =
        harness.submit(request(4, 1, 40, Set.of(), 1), Generation.NO_DEADLINE, sink);
    runner.beforeRun(
        () -> {
          if (runner.runs().size() == 5) {
            generation.cancel();
            harness.closeInbox();
          }
        });
    harness.run();

    assertThat(sink.failure()).isInstanceOf(WeftException.Cancelled.class);
    assertThat(runner.runs()).hasSize(5);
    assertThat(runner.usedSlots()).isZero();
  }

  @Test
  void brokenLogitsEndTheSearchAlone() {
    FakeModelRunner runner = new FakeModelRunner(4, 64);
    Harness harness = new Harness(runner);
    SamplingOptions poison =
        new SamplingOptions(0, 0, 1, 0, 1, Map.of(FakeModelRunner.POISON, 100f));
    RecordingSink sink =
        harness.submit(
            Requests.beams(
                new BeamOptions(3, 1, EarlyStopping.LIKELY),
                Requests.request(1, poison, StopOptions.after(9), 1)));
    RecordingSink other = harness.submit(Requests.greedy(9, 2));
    harness.closeInbox();
    harness.run();

    assertThat(sink.failure()).hasMessageContaining("not finite");
    assertThat(other.ids(0)).hasSize(9);
  }

  /** Of 40 tokens only two may come, each once. */
  @Test
  void whereTokensRunOutTheRequestEndsWithAnError() {
    int[] prompt = IntStream.range(0, 38).toArray();
    SamplingOptions once =
        new SamplingOptions(0, 0, 1, 0, 1, new Penalties(1, 0, 0, 1), 1, Map.of());
    GenerationRequest request = Requests.request(1, once, StopOptions.after(2), prompt);

    assertThat(Harness.alone(request, 64).ids(0)).hasSize(2);
    GenerationRequest tooLong = Requests.request(1, once, StopOptions.after(3), without(prompt));
    assertThat(Harness.alone(tooLong, 64).failure())
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessageContaining("no token can follow");
    assertThat(
            Harness.alone(Requests.beams(new BeamOptions(2, 1, EarlyStopping.LIKELY), tooLong), 64)
                .failure())
        .isInstanceOf(WeftException.InvalidRequest.class)
        .hasMessageContaining("beam search found 0 sequences of 1");
  }

  /** All tokens but 38; the poisonous one is among them, so that it is not generated. */
  private static int[] without(int[] prompt) {
    return IntStream.concat(IntStream.of(FakeModelRunner.POISON), IntStream.of(prompt)).toArray();
  }

  private static GenerationRequest request(
      int numBeams, int n, int maxTokens, Set<Integer> ends, int... prompt) {
    return Requests.beams(
        new BeamOptions(numBeams, 1, EarlyStopping.LIKELY),
        Requests.request(n, ANY, Requests.stop(maxTokens, 0, ends), prompt));
  }

  /** Without slots, without ends: the best continuations of the best, step by step. */
  private static List<Plain> plain(int numBeams, int maxTokens, int... prompt) {
    List<Plain> beams = List.of(new Plain(List.of(), 0));
    for (int step = 0; step < maxTokens; step++) {
      List<Plain> next = new ArrayList<>();
      for (Plain beam : beams) {
        List<Integer> tokens = new ArrayList<>(IntStream.of(prompt).boxed().toList());
        tokens.addAll(beam.tokens());
        float[] logits = FakeModelRunner.logits(tokens);
        double sum = 0;
        for (float logit : logits) {
          sum += Math.exp(logit);
        }
        for (int id = 0; id < logits.length; id++) {
          List<Integer> longer = new ArrayList<>(beam.tokens());
          longer.add(id);
          next.add(new Plain(longer, beam.sum() + logits[id] - Math.log(sum)));
        }
      }
      next.sort(Comparator.comparingDouble(Plain::sum).reversed());
      beams = next.subList(0, numBeams);
    }
    return beams;
  }
}
