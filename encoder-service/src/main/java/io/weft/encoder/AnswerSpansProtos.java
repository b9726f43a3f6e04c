package io.weft.encoder;

import io.weft.encoder.batch.Outcome;
import io.weft.encoder.task.Alignment;
import io.weft.encoder.task.AnswerFinder;
import io.weft.encoder.task.AnswerSpansTask;
import io.weft.proto.encoder.v1.AlignedInput;
import io.weft.proto.encoder.v1.Answer;
import io.weft.proto.encoder.v1.AnswerSpansRequest;
import io.weft.proto.encoder.v1.AnswerSpansResponse;
import io.weft.proto.encoder.v1.AnswerSpansResult;
import io.weft.proto.encoder.v1.Answers;
import io.weft.proto.encoder.v1.QuestionInput;
import io.weft.runtime.error.WeftException;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The messages of AnswerSpans. */
final class AnswerSpansProtos {
  private static final int MAX_TOP_K = 20;
  private static final int DEFAULT_ANSWER_TOKENS = 15;
  private static final int MAX_ANSWER_TOKENS = 512;
  private static final int MAX_WINDOWS_OF_QUESTION = 256;
  private static final int MAX_WINDOWS = 4_096;

  /** About what an answer takes in a reply. */
  private static final int BYTES_PER_ANSWER = 32;

  private AnswerSpansProtos() {}

  static AnswerFinder.Options options(AnswerSpansRequest request) {
    return new AnswerFinder.Options(
        RequestLimits.checkRange("top_k", request.hasTopK() ? request.getTopK() : 1, 1, MAX_TOP_K),
        RequestLimits.checkRange(
            "max_answer_tokens",
            request.hasMaxAnswerTokens() ? request.getMaxAnswerTokens() : DEFAULT_ANSWER_TOKENS,
            1,
            MAX_ANSWER_TOKENS),
        request.getAllowNoAnswer(),
        !request.hasAlignToWords() || request.getAlignToWords(),
        request.getAllCandidates());
  }

  /** All windows, question by question. */
  static List<AlignedInput> windows(AnswerSpansRequest request) {
    long windows = request.getInputsList().stream().mapToLong(QuestionInput::getWindowsCount).sum();
    RequestLimits.checkCount(windows, "windows", MAX_WINDOWS, "windows");
    return request.getInputsList().stream()
        .flatMap(question -> question.getWindowsList().stream())
        .toList();
  }

  /** About what the answers take. */
  static long bytes(AnswerSpansRequest request, AnswerFinder.Options options, int windows) {
    long answers =
        options.all()
            ? (long) windows * options.spansOfWindow()
            : (long) request.getInputsCount() * options.topK();
    return answers * BYTES_PER_ANSWER;
  }

  /**
   * @param outcomes of all windows, in their order
   * @param alignments of all windows
   */
  static AnswerSpansResponse response(
      AnswerSpansRequest request,
      List<Outcome<AnswerSpansTask.Result>> outcomes,
      List<Alignment> alignments,
      AnswerFinder.Options options) {
    AnswerSpansResponse.Builder response = AnswerSpansResponse.newBuilder();
    Iterator<Outcome<AnswerSpansTask.Result>> windows = outcomes.iterator();
    Iterator<Alignment> places = alignments.iterator();
    for (QuestionInput question : request.getInputsList()) {
      response.addResults(answer(question.getWindowsCount(), windows, places, options));
    }
    return response.build();
  }

  /** Takes all windows of a question, also behind one that failed. */
  private static AnswerSpansResult answer(
      int count,
      Iterator<Outcome<AnswerSpansTask.Result>> windows,
      Iterator<Alignment> places,
      AnswerFinder.Options options) {
    AnswerFinder finder = new AnswerFinder(options);
    WeftException failure = violation(count);
    for (int i = 0; i < count; i++) {
      Alignment alignment = places.next();
      switch (windows.next()) {
        case Outcome.Done<AnswerSpansTask.Result>(AnswerSpansTask.Result logits) ->
            finder.add(logits, alignment);
        case Outcome.Failed<AnswerSpansTask.Result>(WeftException e) ->
            failure = failure == null ? e : failure;
      }
    }
    return failure == null
        ? AnswerSpansResult.newBuilder().setAnswers(answers(finder)).build()
        : AnswerSpansResult.newBuilder().setError(EncoderProtos.error(failure)).build();
  }

  private static @Nullable WeftException violation(int windows) {
    if (windows == 0) {
      return new WeftException.InvalidRequest(
          "NO_WINDOWS", "0 windows, at least 1 is needed", "windows");
    }
    return windows <= MAX_WINDOWS_OF_QUESTION
        ? null
        : new WeftException.InvalidRequest(
            "TOO_MANY_WINDOWS",
            String.format(
                Locale.ROOT, "%,d windows of a question > %,d", windows, MAX_WINDOWS_OF_QUESTION),
            "windows");
  }

  private static Answers answers(AnswerFinder finder) {
    Answers.Builder message = Answers.newBuilder().setNoAnswerScore(finder.noAnswerScore());
    for (AnswerFinder.Answer answer : finder.answers()) {
      AnswerFinder.Place place = answer.place();
      Answer.Builder one = Answer.newBuilder().setScore(answer.score());
      message.addAnswers(
          place == null
              ? one.setNoAnswer(true)
              : one.setSpan(EncoderProtos.span(place.start(), place.end())));
    }
    return message.build();
  }
}
