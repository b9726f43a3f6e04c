package io.weft.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A service's metrics at one moment.
 *
 * @param samples values by name and labels, as Prometheus' text format writes them
 */
record Metrics(Map<String, Double> samples) {
  /** Reads {@code /q/metrics} of the service with this HTTP port. */
  static Metrics read(int port) {
    String text;
    try (var in = URI.create("http://127.0.0.1:" + port + "/q/metrics").toURL().openStream()) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Metrics(
        text.lines()
            .filter(line -> !line.startsWith("#") && !line.isBlank())
            .collect(
                Collectors.toMap(
                    line -> line.substring(0, line.lastIndexOf(' ')),
                    line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)),
                    (_, last) -> last)));
  }

  /**
   * The sum of all samples of a metric.
   *
   * @param name the whole name
   * @param labels parts that the labels must contain, such as {@code le="1.0"}
   * @throws AssertionError when there is no such sample
   */
  double sum(String name, String... labels) {
    double[] found =
        samples.entrySet().stream()
            .filter(
                sample -> sample.getKey().equals(name) || sample.getKey().startsWith(name + "{"))
            .filter(sample -> java.util.Arrays.stream(labels).allMatch(sample.getKey()::contains))
            .mapToDouble(Map.Entry::getValue)
            .toArray();
    if (found.length == 0) {
      throw new AssertionError("no sample of " + name + String.join(",", labels));
    }
    return java.util.Arrays.stream(found).sum();
  }
}
