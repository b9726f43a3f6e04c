package io.weft.trainer;

import io.weft.trainer.serve.ServiceAdmin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What becomes of it. */
final class ResultOptions {
  @Option(
      names = "--name",
      required = true,
      paramLabel = "NAME",
      description = "what the new model is called: a-z, 0-9, '.', '_' and '-'")
  String name = "";

  @Option(
      names = "--models-dir",
      paramLabel = "DIR",
      defaultValue = "models",
      description = "where model folders lie (${DEFAULT-VALUE})")
  Path modelsDir = Path.of("models");

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "where checkpoint, loss curve and reports go (MODELS-DIR/.finetune/NAME)")
  @Nullable Path output;

  @Option(names = "--threads", paramLabel = "N", description = "processors to train on (all)")
  @Nullable Integer threads;

  @Option(
      names = "--state-steps",
      paramLabel = "N",
      defaultValue = "100",
      description =
          "steps after which the state is kept, so that a run that was killed goes on"
              + " (${DEFAULT-VALUE})")
  int stateSteps = 100;

  @Option(names = "--fresh", description = "begin anew where a killed run left its state")
  boolean fresh;

  @Option(names = "--force", description = "replace a model of that name")
  boolean force;

  @Option(
      names = "--tokenizer-service",
      paramLabel = "HOST:PORT",
      description = "a running tokenizer service that loads the new model")
  @Nullable String tokenizerService;

  @Option(
      names = "--encoder-service",
      paramLabel = "HOST:PORT",
      description = "a running encoder service that loads the new model")
  @Nullable String encoderService;

  Path folder() {
    return output == null ? folder(modelsDir, name) : output;
  }

  /** Where the checkpoint of a model goes unless somebody says otherwise. */
  static Path folder(Path modelsDir, String name) {
    return modelsDir.resolve(".finetune").resolve(name);
  }

  /** The tokenizer first: a model that can be asked must have tokens. */
  List<ServiceAdmin.Service> services() {
    List<ServiceAdmin.Service> services = new ArrayList<>();
    if (tokenizerService != null) {
      services.add(new ServiceAdmin.Service("tokenizer", tokenizerService));
    }
    if (encoderService != null) {
      services.add(new ServiceAdmin.Service("encoder", encoderService));
    }
    return services;
  }

  int threads() {
    return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
  }

  void check() {
    RecipeOptions.inRange("--threads", threads(), 1, 1_024);
    RecipeOptions.inRange("--state-steps", stateSteps, 1, 1_000_000);
    if (!name.matches("[a-z0-9][a-z0-9._-]{0,95}") || name.endsWith(".part")) {
      throw new IllegalArgumentException(
          "'%s' cannot name a model: 1 to 96 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit, not ending in .part"
              .formatted(name));
    }
  }
}
