package io.weft.gateway.zeroshot;

import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.EncodedBatch;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.backend.ItemOutcome.Done;
import io.weft.gateway.backend.ItemOutcome.Failed;
import io.weft.gateway.backend.LabelBounds;
import io.weft.gateway.backend.LabelScore;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.models.Model;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/** Labels texts by labels of the caller's own; a text that cannot be read fails alone. */
@Singleton
public final class ZeroShotClassifier {
  /** Most texts times labels. */
  public static final int MAX_PAIRS = 2_048;

  /** What each label is put into, unless a request says otherwise. */
  public static final String DEFAULT_TEMPLATE = "This example is {}.";

  private static final int MAX_TEMPLATE = 1_024;
  private static final String SLOT = "{}";

  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  ZeroShotClassifier(TokenizerClient tokenizer, EncoderClient encoder) {
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /**
   * What is wanted.
   *
   * @param labels at least one
   * @param template a sentence with {@code {}} once, where the label goes
   * @param multiLabel whether several labels may be true at once
   * @param cut what happens to a pair that is too long
   */
  public record Query(List<String> labels, String template, boolean multiLabel, Cut cut) {
    public Query {
      labels = List.copyOf(labels);
    }

    /** Says the count only: labels and template are text of the request. */
    @Override
    public String toString() {
      return labels.size() + " labels";
    }
  }

  /**
   * A template, if it can be one.
   *
   * @param param what the request calls it, for errors
   */
  public static String template(String template, String param) {
    if (template.length() > MAX_TEMPLATE) {
      throw Invalid.range(
          param, "%s has %,d characters > %,d".formatted(param, template.length(), MAX_TEMPLATE));
    }
    int slot = template.indexOf(SLOT);
    if (slot < 0 || template.indexOf(SLOT, slot + 1) >= 0) {
      throw Invalid.value(param, param + " must hold {} once, where the label goes");
    }
    return template;
  }

  /**
   * Refuses too many of them together.
   *
   * @param param what the request calls the labels, for errors
   */
  public static void checkPairs(int texts, int labels, String param) {
    long pairs = (long) texts * labels;
    if (pairs > MAX_PAIRS) {
      throw Invalid.range(
          param,
          "%,d texts with %,d labels are %,d pairs > %,d"
              .formatted(texts, labels, pairs, MAX_PAIRS));
    }
  }

  /**
   * The labels' probabilities for each text, in the order of the labels.
   *
   * @param names what the request calls each text, for failures of all
   */
  public EncodedBatch.Answer<double[]> scores(
      Model model, List<String> texts, Query query, ItemNames names) {
    Entailment entailment = Entailment.of(model);
    LabelBounds.check(texts.size() * query.labels().size(), model.labels().size(), names.param());
    ItemNames pairNames = new TextNames(names, query.labels().size());
    EncodedBatch<EncodedText> batch =
        EncodedBatch.of(
            tokenizer,
            model.name(),
            model.contextLength(),
            pairs(texts, query),
            EncodeOptions.forModel(query.cut()),
            pairNames);
    EncodedBatch.Answer<List<LabelScore>> logits =
        batch.answer(encoder.classifyEach(model.name(), batch.sequences(), true, pairNames));
    List<ItemOutcome<double[]>> outcomes = new ArrayList<>(texts.size());
    int labels = query.labels().size();
    for (int from = 0; from < logits.outcomes().size(); from += labels) {
      outcomes.add(
          scores(entailment, logits.outcomes().subList(from, from + labels), query.multiLabel()));
    }
    return new EncodedBatch.Answer<>(outcomes, logits.tokens());
  }

  /** Each text beside what each label says of it, text by text. */
  private static List<TextPair> pairs(List<String> texts, Query query) {
    List<String> hypotheses =
        query.labels().stream().map(label -> query.template().replace(SLOT, label)).toList();
    return texts.stream()
        .flatMap(text -> hypotheses.stream().map(hypothesis -> new TextPair(text, hypothesis)))
        .toList();
  }

  /** Of one text, if all of its pairs were read. */
  private static ItemOutcome<double[]> scores(
      Entailment entailment, List<ItemOutcome<List<LabelScore>>> own, boolean multiLabel) {
    List<List<LabelScore>> logits = new ArrayList<>(own.size());
    for (ItemOutcome<List<LabelScore>> pair : own) {
      switch (pair) {
        case Done<List<LabelScore>>(List<LabelScore> labels) -> logits.add(labels);
        case Failed<List<LabelScore>> failed -> {
          return failed.cast();
        }
      }
    }
    return new Done<>(
        multiLabel || own.size() == 1 ? entailment.each(logits) : entailment.together(logits));
  }

  /** Names a pair by its text. */
  private record TextNames(ItemNames texts, int labels) implements ItemNames {
    @Override
    public String param() {
      return texts.param();
    }

    @Override
    public String name(int index) {
      return texts.name(index / labels);
    }
  }
}
