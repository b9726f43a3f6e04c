package io.weft.tokenizer;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.weft.tokenizer.model.TestModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/** A models folder for the service under test: a chat model and an encoder. */
public final class ModelsResource implements QuarkusTestResourceLifecycleManager {
  private Path root;

  @Override
  public Map<String, String> start() {
    try {
      root = Files.createTempDirectory("weft-models");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    TestModels.chat(
        root,
        "chat",
        "{% if tools %}{{ tools[0] | tojson }}{% endif %}\n" + Goldens.template("chatml"));
    TestModels.encoder(root, "encoder");
    return Map.of("weft.tokenizer.models-dir", root.toString());
  }

  @Override
  public void stop() {
    try (Stream<Path> files = Files.walk(root)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
