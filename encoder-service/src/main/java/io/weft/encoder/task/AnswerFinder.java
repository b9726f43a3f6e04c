package io.weft.encoder.task;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * The answers to one question in the windows of its passage, as QuestionAnsweringPipeline of
 * transformers finds them: in each window the probability of a span is that of its start times that
 * of its end, among the tokens of the passage and the first special token, which stands for "no
 * answer". A span that several windows hold adds up its probabilities.
 */
public final class AnswerFinder {
  private static final Comparator<Span> WORST_FIRST =
      Comparator.comparingDouble(Span::score)
          .thenComparing(Comparator.comparingInt(Span::first).reversed())
          .thenComparing(Comparator.comparingInt(Span::last).reversed());

  private final Options options;
  private final Map<Place, Double> answers = new LinkedHashMap<>();
  private double noAnswer = 1;

  /**
   * How answers are chosen.
   *
   * @param topK answers of a question, at least 1
   * @param maxTokens longest answer in tokens, at least 1
   * @param allowNone whether "no answer" takes part in the ranking
   * @param wholeWords whether answers are widened to whole words
   * @param all whether all candidates are wanted instead of the best {@code topK}
   */
  public record Options(
      int topK, int maxTokens, boolean allowNone, boolean wholeWords, boolean all) {
    /** Spans that a window may give; as many as transformers keeps. */
    public int spansOfWindow() {
      return wholeWords ? 2 * topK + 10 : topK;
    }
  }

  /**
   * An answer.
   *
   * @param place in the passage; null for "no answer"
   * @param score probability
   */
  public record Answer(@Nullable Place place, float score) {}

  /** From {@code start} to before {@code end} in the passage. */
  public record Place(int start, int end) {}

  private record Span(int first, int last, double score) {}

  public AnswerFinder(Options options) {
    this.options = options;
  }

  /**
   * Takes a window's spans in.
   *
   * @param alignment of the window; a token of the second text is one of the passage
   */
  public void add(AnswerSpansTask.Result logits, Alignment alignment) {
    float[] starts = probabilities(logits.starts(), alignment);
    float[] ends = probabilities(logits.ends(), alignment);
    // A model whose sequences begin with no special token cannot say that there is no answer.
    double none = isNone(0, alignment) ? (double) starts[0] * ends[0] : 0;
    noAnswer = Math.min(noAnswer, none);
    for (Span span : bestSpans(starts, ends, alignment)) {
      answers.merge(place(span, alignment), span.score, Double::sum);
    }
  }

  /** Probability that the passage holds no answer: the smallest of the windows'. */
  public float noAnswerScore() {
    return (float) noAnswer;
  }

  /** The best answers, best first, of equal ones that first found; or all, in the order found. */
  public List<Answer> answers() {
    List<Answer> all = new ArrayList<>();
    answers.forEach((place, score) -> all.add(new Answer(place, score.floatValue())));
    if (options.allowNone) {
      all.add(new Answer(null, noAnswerScore()));
    }
    if (options.all) {
      return all;
    }
    all.sort(Comparator.comparingDouble(Answer::score).reversed());
    return all.subList(0, Math.min(options.topK, all.size()));
  }

  private static boolean isNone(int token, Alignment alignment) {
    return token == 0 && !alignment.isText(token);
  }

  private static boolean isPassage(int token, Alignment alignment) {
    return alignment.texts()[token] == Alignment.SECOND;
  }

  /** The softmax among what may be an answer; 0 for all other tokens. */
  private static float[] probabilities(float[] logits, Alignment alignment) {
    float[] candidates = new float[logits.length];
    for (int i = 0; i < logits.length; i++) {
      boolean counts = isPassage(i, alignment) || isNone(i, alignment);
      candidates[i] = counts ? logits[i] : Float.NEGATIVE_INFINITY;
    }
    return Scores.softmax(candidates);
  }

  private List<Span> bestSpans(float[] starts, float[] ends, Alignment alignment) {
    PriorityQueue<Span> kept = new PriorityQueue<>(WORST_FIRST);
    for (int first = 0; first < starts.length; first++) {
      int beyond = Math.min(ends.length, first + options.maxTokens);
      for (int last = first; last < beyond; last++) {
        double score = (double) starts[first] * ends[last];
        if (score > 0 && isPassage(first, alignment) && isPassage(last, alignment)) {
          kept.add(new Span(first, last, score));
          if (kept.size() > options.spansOfWindow()) {
            kept.remove();
          }
        }
      }
    }
    return kept.stream().sorted(WORST_FIRST.reversed()).toList();
  }

  /** Where a span stands, widened to whole words if so asked and both ends are of a word. */
  private Place place(Span span, Alignment alignment) {
    int first = span.first;
    int last = span.last;
    if (options.wholeWords && alignment.words()[first] >= 0 && alignment.words()[last] >= 0) {
      while (first > 0 && alignment.sameWord(first, first - 1)) {
        first--;
      }
      while (last + 1 < alignment.texts().length && alignment.sameWord(last, last + 1)) {
        last++;
      }
    }
    return new Place(alignment.starts()[first], alignment.ends()[last]);
  }
}
