import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What one run came to.
 *
 * @param load what was asked of the server: callers or requests a second
 * @param values the figures by name, times in milliseconds
 * @param latency sorted TTFTs of chats, or whole times of embeddings, for the chart
 */
record Report(String load, Map<String, Double> values, double[] latency) {

  static Report of(String load, Options options, List<Call.Result> results) {
    List<Call.Result> good = results.stream().filter(r -> r.failure().isEmpty()).toList();
    long start = results.stream().mapToLong(Call.Result::dueNs).min().orElse(0);
    double end =
        results.stream().mapToDouble(r -> (r.dueNs() - start) / 1e6 + r.e2e()).max().orElse(0);
    double seconds = Math.max(end / 1e3, 1e-9);
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("requests", (double) results.size());
    values.put("failed", (double) results.size() - good.size());
    values.put("seconds", seconds);
    values.put("requests_per_second", good.size() / seconds);
    values.put("tokens_per_second", good.stream().mapToInt(Call.Result::tokens).sum() / seconds);
    values.put(
        "goodput_per_second", good.stream().filter(r -> keeps(options.slo(), r)).count() / seconds);
    double[] e2e = sorted(good, Call.Result::e2e);
    boolean chat = options.kind() == Options.Kind.CHAT;
    double[] ttft = sorted(good, Call.Result::ttft);
    if (chat) {
      percentiles(values, "ttft", ttft);
      percentiles(
          values,
          "itl",
          good.stream().flatMap(r -> r.gaps().stream()).mapToDouble(d -> d).sorted().toArray());
      percentiles(values, "tpot", sorted(good, Call.Result::tpot));
    }
    percentiles(values, "e2e", e2e);
    return new Report(load, values, chat ? ttft : e2e);
  }

  /** The median of each figure over the rounds of one load. */
  static Report median(List<Report> rounds) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (String name : rounds.getFirst().values().keySet()) {
      values.put(
          name, middle(rounds.stream().mapToDouble(r -> r.values().get(name)).sorted().toArray()));
    }
    // A failure is none to leave out by a median.
    values.put("failed", rounds.stream().mapToDouble(r -> r.values().get("failed")).sum());
    double[] all =
        rounds.stream().flatMapToDouble(r -> Arrays.stream(r.latency())).sorted().toArray();
    return new Report(rounds.getFirst().load(), values, all);
  }

  String line(Options options) {
    StringBuilder line = new StringBuilder();
    add(
        line,
        "%-12s %8.2f req/s %9.1f tokens/s  good %7.2f/s",
        load,
        value("requests_per_second"),
        value("tokens_per_second"),
        value("goodput_per_second"));
    List<String> names =
        options.kind() == Options.Kind.CHAT ? List.of("ttft", "itl", "tpot") : List.of("e2e");
    for (String name : names) {
      add(
          line,
          "  %s p50 %.1f p99 %.1f ms",
          name.toUpperCase(Locale.ROOT),
          value(name + "_p50"),
          value(name + "_p99"));
    }
    add(line, "  failed %.0f", value("failed"));
    return line.toString();
  }

  String json() {
    StringBuilder json = new StringBuilder("{\"load\": \"").append(load).append('"');
    values.forEach(
        (name, value) ->
            json.append(", \"")
                .append(name)
                .append("\": ")
                .append(
                    Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "null"));
    return json.append('}').toString();
  }

  /** The value that a share of the sorted values does not pass; NaN of none. */
  static double at(double[] sorted, double share) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[
            (int) Math.min(sorted.length - 1L, Math.round(Math.ceil(share * sorted.length)) - 1)];
  }

  /** The middle one of some, or the mean of the middle two. */
  private static double middle(double[] sorted) {
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  private double value(String name) {
    return values.getOrDefault(name, Double.NaN);
  }

  private static boolean keeps(Map<String, Double> slo, Call.Result result) {
    return slo.entrySet().stream()
        .allMatch(
            limit -> {
              double value =
                  switch (limit.getKey()) {
                    case "ttft" -> result.ttft();
                    case "tpot" -> result.tpot();
                    default -> result.e2e();
                  };
              return Double.isNaN(value) || value <= limit.getValue();
            });
  }

  private static double[] sorted(List<Call.Result> results, ToDoubleFunction<Call.Result> value) {
    return results.stream().mapToDouble(value).filter(v -> !Double.isNaN(v)).sorted().toArray();
  }

  private static void percentiles(Map<String, Double> values, String name, double[] sorted) {
    values.put(name + "_p50", at(sorted, 0.5));
    values.put(name + "_p90", at(sorted, 0.9));
    values.put(name + "_p99", at(sorted, 0.99));
  }

  private static void add(StringBuilder line, String format, Object... values) {
    line.append(String.format(Locale.ROOT, format, values));
  }
}
