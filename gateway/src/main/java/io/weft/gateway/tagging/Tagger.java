package io.weft.gateway.tagging;

import io.weft.gateway.backend.EncodeOptions;
import io.weft.gateway.backend.EncodeOptions.Cut;
import io.weft.gateway.backend.EncodedBatch;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.backend.ItemOutcome.Done;
import io.weft.gateway.backend.ItemOutcome.Failed;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TagOptions;
import io.weft.gateway.backend.TagOptions.Aggregation;
import io.weft.gateway.backend.TaggedSpan;
import io.weft.gateway.backend.TextPair;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.models.Model;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Finds entities in texts; a text that cannot be read fails alone. */
@Singleton
public final class Tagger {
  /** Most texts of a request, and most labels that are left out. */
  public static final int MAX_INPUTS = 1_000;

  public static final int MAX_IGNORED = 1_000;

  /** Most tokens of all texts together: each takes some 300 bytes until it is answered. */
  private static final int MAX_TOKENS = 131_072;

  /** What is left out unless a request says otherwise. */
  public static final String OUTSIDE = "O";

  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  Tagger(TokenizerClient tokenizer, EncoderClient encoder) {
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /**
   * What is wanted.
   *
   * @param aggregation how tokens are grouped
   * @param ignoredLabels what is left out, by label as it is answered
   * @param cut what happens to a text that is too long
   */
  public record Query(Aggregation aggregation, List<String> ignoredLabels, Cut cut) {
    public Query {
      ignoredLabels = List.copyOf(ignoredLabels);
    }

    private TagOptions options() {
      return new TagOptions(aggregation, !ignoredLabels.contains(OUTSIDE));
    }
  }

  /**
   * The entities of each text, in text order.
   *
   * @param names what the request calls each, for failures of all
   */
  public EncodedBatch.Answer<List<Tags.Entity>> entities(
      Model model, List<TextPair> texts, Query query, ItemNames names) {
    EncodedBatch<EncodedText> batch =
        EncodedBatch.of(
            tokenizer,
            model.name(),
            model.contextLength(),
            texts,
            EncodeOptions.tagged(query.cut()),
            names);
    List<EncodedText> sequences = batch.sequences();
    checkTokens(SequenceLength.total(sequences), names.param());
    List<ItemOutcome<List<TaggedSpan>>> found =
        encoder.classifyTokens(model.name(), sequences, query.options(), names).stream()
            .map(item -> item.map(spans -> kept(spans, query)))
            .toList();
    return batch.answer(
        query.aggregation() == Aggregation.NONE
            ? tokens(sequences, found)
            : groups(model, sequences, found, names));
  }

  /** Refuses too many tokens of all texts together. */
  static void checkTokens(int tokens, String param) {
    if (tokens > MAX_TOKENS) {
      throw Invalid.range(
          param,
          "%s: %,d tokens together > %,d: send fewer texts".formatted(param, tokens, MAX_TOKENS));
    }
  }

  private static List<TaggedSpan> kept(List<TaggedSpan> spans, Query query) {
    return spans.stream().filter(span -> !query.ignoredLabels().contains(span.label())).toList();
  }

  private static List<ItemOutcome<List<Tags.Entity>>> tokens(
      List<EncodedText> sequences, List<ItemOutcome<List<TaggedSpan>>> found) {
    List<ItemOutcome<List<Tags.Entity>>> entities = new ArrayList<>(found.size());
    for (ItemOutcome<List<TaggedSpan>> item : found) {
      List<EncodedText.Token> tokens = sequences.get(entities.size()).tokens();
      entities.add(item.map(spans -> spans.stream().map(span -> token(span, tokens)).toList()));
    }
    return entities;
  }

  private static Tags.Entity token(TaggedSpan span, List<EncodedText.Token> tokens) {
    return new Tags.Entity(
        span.label(),
        null,
        span.score(),
        span.firstToken(),
        tokens.get(span.firstToken()).text(),
        span.span().start(),
        span.span().end());
  }

  private List<ItemOutcome<List<Tags.Entity>>> groups(
      Model model,
      List<EncodedText> sequences,
      List<ItemOutcome<List<TaggedSpan>>> found,
      ItemNames names) {
    List<TokenIds> ids = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      TokenIds sequence = sequences.get(i).ids();
      switch (found.get(i)) {
        case Done<List<TaggedSpan>>(List<TaggedSpan> spans) ->
            spans.forEach(span -> ids.add(sequence.range(span.firstToken(), span.endToken())));
        case Failed<List<TaggedSpan>> _ -> {}
      }
    }
    Iterator<String> words = tokenizer.decodeAll(model.name(), ids, false, names).iterator();
    return found.stream()
        .map(
            item ->
                item.map(spans -> spans.stream().map(span -> group(span, words.next())).toList()))
        .toList();
  }

  private static Tags.Entity group(TaggedSpan span, String word) {
    return new Tags.Entity(
        null, span.label(), span.score(), null, word, span.span().start(), span.span().end());
  }
}
