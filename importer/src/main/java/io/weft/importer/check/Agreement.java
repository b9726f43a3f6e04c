package io.weft.importer.check;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How close a model folder comes to the exact one. */
public sealed interface Agreement {
  /** In one line. */
  String summary();

  /**
   * Of a model that predicts tokens.
   *
   * @param positions compared
   * @param topAgreement share of positions with the same most likely token
   * @param divergence mean Kullback-Leibler divergence from the exact model, in nats
   * @param exactPerplexity of the exact model
   * @param perplexity of the folder
   */
  record Predictions(
      long positions,
      double topAgreement,
      double divergence,
      double exactPerplexity,
      double perplexity)
      implements Agreement {
    @Override
    public String summary() {
      return String.format(
          Locale.ROOT,
          "against fp32 over %,d tokens: top-1 agreement %.2f %%, mean KL divergence %.5f,"
              + " perplexity %.3f (fp32: %.3f)",
          positions,
          100 * topAgreement,
          divergence,
          perplexity,
          exactPerplexity);
    }
  }

  /**
   * Of an encoder.
   *
   * @param what vectors were compared
   * @param vectors how many
   * @param lowest cosine
   * @param mean cosine
   * @param topAgreement share of the head's results with the same largest value; null without one
   */
  record Vectors(
      String what, int vectors, double lowest, double mean, @Nullable Double topAgreement)
      implements Agreement {
    @Override
    public String summary() {
      String vectorsPart =
          String.format(
              Locale.ROOT,
              "against fp32 over %,d %s: lowest cosine %.5f, mean cosine %.5f",
              vectors,
              what,
              lowest,
              mean);
      return topAgreement == null
          ? vectorsPart
          : vectorsPart
              + String.format(
                  Locale.ROOT, ", top-1 agreement of the head %.2f %%", 100 * topAgreement);
    }
  }
}
