import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Load on any server with OpenAI's API: see {@link Options#USAGE}. Run by {@code ./weft bench}. */
final class Bench {
  private Bench() {}

  public static void main(String[] args) throws IOException {
    Options options;
    try {
      options = Options.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage() + "\n\n" + Options.USAGE);
      System.exit(2);
      return;
    }
    Load load = new Load(new Call(options));
    List<Call.Result> first = load.closed(1, 1);
    if (!first.getFirst().failure().isEmpty()) {
      System.err.println(options.url() + " does not answer well: " + first.getFirst().failure());
      System.exit(1);
    }
    load.closed(2, 4); // warms the connections and the server's code
    Map<String, List<Report>> rounds = new LinkedHashMap<>();
    for (int round = 1; round <= options.rounds(); round++) {
      for (int callers : options.concurrency()) {
        List<Call.Result> results = load.closed(callers, Math.max(options.requests(), callers));
        add(rounds, "c=" + callers, options, results, round);
      }
      for (double rate : options.rates()) {
        add(rounds, rate + "/s", options, load.open(rate, options.seconds()), round);
      }
    }
    List<Report> medians = rounds.values().stream().map(Report::median).toList();
    if (options.rounds() > 1) {
      medians.forEach(median -> System.out.println("median   " + median.line(options)));
    }
    write(options, medians);
    System.exit(medians.stream().anyMatch(each -> each.values().get("failed") > 0) ? 1 : 0);
  }

  private static void add(
      Map<String, List<Report>> rounds,
      String load,
      Options options,
      List<Call.Result> results,
      int round) {
    results.stream()
        .filter(result -> !result.failure().isEmpty())
        .collect(Collectors.groupingBy(Call.Result::failure, Collectors.counting()))
        .forEach((why, count) -> System.err.println("  failed: " + count + " x " + why));
    Report report = Report.of(load, options, results);
    rounds.computeIfAbsent(load, _ -> new ArrayList<>()).add(report);
    System.out.println("round " + round + "  " + report.line(options));
  }

  private static void write(Options options, List<Report> reports) throws IOException {
    String json =
        """
        {"kind": "%s", "model": "%s", "rounds": %d, "slo_ms": {%s}, "runs": [
          %s
        ]}
        """
            .formatted(
                options.kind().name().toLowerCase(Locale.ROOT),
                options.model(),
                options.rounds(),
                options.slo().entrySet().stream()
                    .map(limit -> "\"%s\": %s".formatted(limit.getKey(), limit.getValue()))
                    .sorted()
                    .collect(Collectors.joining(", ")),
                reports.stream().map(Report::json).collect(Collectors.joining(",\n  ")));
    boolean chat = options.kind() == Options.Kind.CHAT;
    String what = chat ? "time to first token" : "request";
    Files.writeString(Path.of(options.out() + ".json"), json);
    Files.writeString(
        Path.of(options.out() + ".svg"), Chart.of(options.model() + ": " + what, what, reports));
    System.out.println(options.out() + ".json, " + options.out() + ".svg");
  }
}
