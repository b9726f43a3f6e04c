import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What to run.
 *
 * @param kind what is asked for
 * @param url of the gateway, or of any server with OpenAI's API
 * @param model its name
 * @param key API key, of the environment's WEFT_API_KEY; empty for none
 * @param concurrency closed loop: callers at once, one run each; empty for an open loop
 * @param rates open loop: requests a second, one run each; empty for a closed loop
 * @param seconds how long an open loop runs
 * @param requests of one run of a closed loop
 * @param rounds how often all runs are repeated
 * @param promptWords words of a chat's prompt or of an embedded text
 * @param maxTokens tokens that each chat generates
 * @param batch texts of one request for embeddings
 * @param slo limits in milliseconds by the measure's name; a request is good that keeps all
 * @param out where the JSON and the chart go, without an ending
 */
record Options(
    Kind kind,
    URI url,
    String model,
    String key,
    List<Integer> concurrency,
    List<Double> rates,
    int seconds,
    int requests,
    int rounds,
    int promptWords,
    int maxTokens,
    int batch,
    Map<String, Double> slo,
    String out) {

  enum Kind {
    CHAT,
    EMBEDDINGS
  }

  static final String USAGE =
      """
      Usage: ./weft bench chat|embeddings --model NAME [options]

        --concurrency N,N     closed loop: so many callers, each with one request after the other (1,4)
        --rate R,R            open loop: so many requests a second, whether or not earlier ones are
                              answered; times count from when a request was due
        --seconds N           of each run of an open loop (30)
        --requests N          of each run of a closed loop (32)
        --rounds N            of all runs; the report has the median (1)
        --prompt-words N      (40)
        --max-tokens N        of each chat, which generates exactly so many (64)
        --batch N             texts of each request for embeddings (1)
        --slo NAME=MS,...     ttft, tpot, e2e: what a good request keeps
                              (chat: ttft=1000,tpot=100; embeddings: e2e=500)
        --out PATH            writes PATH.json and PATH.svg (bench)
        --url URL             (the stack that ./weft up started)
      """;

  static Options parse(String[] args) {
    if (args.length == 0) {
      throw new IllegalArgumentException("say what to ask for: chat or embeddings");
    }
    Kind kind =
        switch (args[0]) {
          case "chat" -> Kind.CHAT;
          case "embeddings" -> Kind.EMBEDDINGS;
          default ->
              throw new IllegalArgumentException(
                  "'%s' is neither chat nor embeddings".formatted(args[0]));
        };
    Map<String, String> given = given(args);
    boolean open = given.containsKey("rate");
    if (open && given.containsKey("concurrency")) {
      throw new IllegalArgumentException("--rate and --concurrency exclude each other");
    }
    String limits = kind == Kind.CHAT ? "ttft=1000,tpot=100" : "e2e=500";
    Options options =
        new Options(
            kind,
            URI.create(given.getOrDefault("url", "http://127.0.0.1:8080")),
            required(given, "model"),
            System.getenv().getOrDefault("WEFT_API_KEY", ""),
            open
                ? List.of()
                : numbers(given, "concurrency", "1,4", 1, 10_000).stream()
                    .map(Double::intValue)
                    .toList(),
            open ? numbers(given, "rate", "", 0.01, 100_000) : List.of(),
            number(given, "seconds", 30, 86_400),
            number(given, "requests", 32, 10_000_000),
            number(given, "rounds", 1, 1_000),
            number(given, "prompt-words", 40, 100_000),
            number(given, "max-tokens", 64, 1_000_000),
            number(given, "batch", 1, 2_048),
            slo(given.getOrDefault("slo", limits)),
            given.getOrDefault("out", "bench"));
    given.keySet().stream()
        .filter(name -> !KNOWN.contains(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new IllegalArgumentException("there is no option --" + name);
            });
    return options;
  }

  private static final List<String> KNOWN =
      List.of(
          "url",
          "model",
          "concurrency",
          "rate",
          "seconds",
          "requests",
          "rounds",
          "prompt-words",
          "max-tokens",
          "batch",
          "slo",
          "out");

  private static Map<String, String> given(String[] args) {
    Map<String, String> given = new HashMap<>();
    for (int i = 1; i < args.length; i += 2) {
      if (!args[i].startsWith("--") || i + 1 == args.length) {
        throw new IllegalArgumentException("%s: options are --NAME VALUE".formatted(args[i]));
      }
      given.put(args[i].substring(2), args[i + 1]);
    }
    return given;
  }

  private static String required(Map<String, String> given, String name) {
    String value = given.get(name);
    if (value == null) {
      throw new IllegalArgumentException("--%s is needed".formatted(name));
    }
    return value;
  }

  private static int number(Map<String, String> given, String name, int otherwise, int most) {
    return numbers(given, name, Integer.toString(otherwise), 1, most).getFirst().intValue();
  }

  private static List<Double> numbers(
      Map<String, String> given, String name, String otherwise, double least, double most) {
    String value = given.getOrDefault(name, otherwise);
    try {
      List<Double> numbers = Arrays.stream(value.split(",", -1)).map(Double::valueOf).toList();
      if (numbers.stream().allMatch(number -> number >= least && number <= most)) {
        return numbers;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new IllegalArgumentException(
        "--%s is '%s', it must be from %s to %s".formatted(name, value, least, most));
  }

  private static Map<String, Double> slo(String value) {
    Map<String, Double> limits = new HashMap<>();
    for (String part : value.split(",", -1)) {
      String[] sides = part.split("=", -1);
      if (sides.length != 2 || !List.of("ttft", "tpot", "e2e").contains(sides[0])) {
        throw new IllegalArgumentException(
            "--slo is '%s', it must be ttft, tpot or e2e with milliseconds: ttft=500"
                .formatted(value));
      }
      limits.put(sides[0], numbers(Map.of("slo", sides[1]), "slo", "", 0.001, 1e9).getFirst());
    }
    return Map.copyOf(limits);
  }
}
