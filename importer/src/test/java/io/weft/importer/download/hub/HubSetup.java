package io.weft.importer.download.hub;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** A download from a {@link FakeHub} that does not really wait, and what came of it. */
final class HubSetup {
  private final Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private Timeouts timeouts = Timeouts.DEFAULT;
  private final StringWriter output = new StringWriter();
  private final List<Duration> pauses = Collections.synchronizedList(new ArrayList<>());

  HubSetup(Path folder, FakeHub hub) {
    this.folder = folder;
    environment.put("HF_ENDPOINT", hub.endpoint().toString());
  }

  HubSetup with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  HubSetup withAnswer(Duration answer) {
    timeouts = new Timeouts(timeouts.connect(), answer, timeouts.stall());
    return this;
  }

  HubSetup withStall(Duration stall) {
    timeouts = new Timeouts(timeouts.connect(), timeouts.answer(), stall);
    return this;
  }

  HubDownload.Fetched fetch(String source) throws IOException {
    TransferProgress progress = new TransferProgress(new PrintWriter(output, true), Screen.NONE);
    return new HubDownload(folder, HubConfig.of(environment), progress, timeouts, pauses::add)
        .fetch(HubSource.parse(source));
  }

  /** What was told. */
  String output() {
    return output.toString();
  }

  /** How long was waited between attempts. */
  List<Duration> pauses() {
    return List.copyOf(pauses);
  }

  /** Some bytes, the same for the same count. */
  static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  /** Names of all files below {@code folder}, sorted. */
  static List<String> files(Path folder) throws IOException {
    try (Stream<Path> tree = Files.walk(folder)) {
      return tree.filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
