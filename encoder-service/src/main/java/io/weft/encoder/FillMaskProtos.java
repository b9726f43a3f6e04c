package io.weft.encoder;

import io.weft.encoder.batch.Outcome;
import io.weft.encoder.model.TokenSequence;
import io.weft.encoder.task.FillMaskTask;
import io.weft.encoder.task.FillMaskTask.Candidate;
import io.weft.proto.encoder.v1.FillMaskRequest;
import io.weft.proto.encoder.v1.FillMaskResponse;
import io.weft.proto.encoder.v1.FillMaskResult;
import io.weft.proto.encoder.v1.MaskFill;
import io.weft.proto.encoder.v1.MaskFills;
import io.weft.proto.encoder.v1.TokenInput;
import io.weft.proto.encoder.v1.TokenScore;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelManifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The messages of FillMask. */
final class FillMaskProtos {
  /** A candidate with its tags and lengths, in a reply. */
  private static final int BYTES_PER_CANDIDATE = 16;

  private static final int DEFAULT_TOP_K = 5;
  private static final int MAX_TOP_K = 100;
  private static final int MAX_TARGETS = 10_000;
  private static final int MAX_MASKS = 64;

  private FillMaskProtos() {}

  /** About what the candidates of all masks take in a reply. */
  static long bytes(FillMaskRequest request, Items items) {
    long masks = items.sequences().stream().mapToLong(TokenSequence::scoredCount).sum();
    return masks * topK(request) * BYTES_PER_CANDIDATE;
  }

  private static int topK(FillMaskRequest request) {
    int topK = request.hasTopK() ? request.getTopK() : DEFAULT_TOP_K;
    return RequestLimits.checkRange("top_k", topK, 1, MAX_TOP_K);
  }

  static FillMaskTask task(FillMaskRequest request, ModelManifest manifest) {
    RequestLimits.checkCount(request.getTargetIdsCount(), "target_ids", MAX_TARGETS, "target_ids");
    int[] targets = EncoderProtos.ints(request.getTargetIdsList());
    for (int target : targets) {
      RequestLimits.checkRange("target_ids", target, 0, manifest.vocabularySize() - 1);
    }
    return new FillMaskTask(topK(request), targets);
  }

  /**
   * Sequences whose vocabulary is to be scored at their masks; one that has none, or too many,
   * fails.
   *
   * @param mask id of the mask token
   */
  static Items items(List<TokenInput> inputs, int mask) {
    List<TokenSequence> sequences = new ArrayList<>(inputs.size());
    List<@Nullable WeftException> failures = new ArrayList<>(inputs.size());
    for (TokenInput input : inputs) {
      TokenSequence sequence = EncoderProtos.sequence(input);
      int[] positions =
          IntStream.range(0, sequence.length()).filter(i -> sequence.id(i) == mask).toArray();
      sequences.add(sequence.scoring(positions));
      failures.add(violation(positions.length, sequence.length(), mask));
    }
    return new Items(sequences, List.of(), failures);
  }

  private static @Nullable WeftException violation(int masks, int tokens, int mask) {
    if (masks == 0 && tokens > 0) {
      return new WeftException.InvalidRequest(
          "NO_MASK", "none of the ids is the mask token, %d".formatted(mask), "inputs");
    }
    return masks <= MAX_MASKS
        ? null
        : new WeftException.InvalidRequest(
            "TOO_MANY_MASKS",
            String.format(Locale.ROOT, "%,d masks > %,d", masks, MAX_MASKS),
            "inputs");
  }

  /**
   * @param mask id of the mask token
   */
  static FillMaskResponse response(
      List<Outcome<List<List<Candidate>>>> outcomes, List<TokenSequence> sequences, int mask) {
    FillMaskResponse.Builder response = FillMaskResponse.newBuilder();
    for (int i = 0; i < outcomes.size(); i++) {
      response.addResults(
          switch (outcomes.get(i)) {
            case Outcome.Done<List<List<Candidate>>>(List<List<Candidate>> fills) ->
                FillMaskResult.newBuilder().setFills(fills(fills, sequences.get(i), mask));
            case Outcome.Failed<List<List<Candidate>>>(WeftException failure) ->
                FillMaskResult.newBuilder().setError(EncoderProtos.error(failure));
          });
    }
    return response.build();
  }

  private static MaskFills fills(List<List<Candidate>> fills, TokenSequence sequence, int mask) {
    MaskFills.Builder message = MaskFills.newBuilder();
    int next = 0;
    for (int position = 0; position < sequence.length(); position++) {
      if (sequence.id(position) != mask) {
        continue;
      }
      MaskFill.Builder fill = MaskFill.newBuilder().setPosition(position);
      for (Candidate candidate : fills.get(next++)) {
        fill.addCandidates(
            TokenScore.newBuilder().setId(candidate.id()).setScore(candidate.score()));
      }
      message.addMasks(fill);
    }
    return message.build();
  }
}
