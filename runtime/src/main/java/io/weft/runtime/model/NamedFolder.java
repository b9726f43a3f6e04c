package io.weft.runtime.model;

import io.weft.runtime.error.WeftException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The model folder that somebody asks a running service to load. */
public final class NamedFolder {
  private static final String NAME = "[a-z0-9][a-z0-9._-]{0,95}";

  private NamedFolder() {}

  /**
   * Opens {@code root/name}.
   *
   * @throws WeftException.InvalidRequest when no folder can be called so
   * @throws WeftException.NotFound when there is none
   * @throws WeftException.Unsupported when it is broken, or holds a model of another name
   */
  public static ModelFolder open(Path root, String name) {
    if (!name.matches(NAME) || name.endsWith(".part")) {
      throw new WeftException.InvalidRequest(
          "INVALID_MODEL_NAME",
          "model must be 1 to 96 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit",
          "model");
    }
    if (!Files.isRegularFile(root.resolve(name).resolve("model.json"))) {
      throw new WeftException.NotFound(
          "MODEL_NOT_FOUND",
          "there is no model folder '%s'".formatted(name),
          Map.of("param", "model"));
    }
    ModelFolder folder;
    try {
      folder = ModelFolder.open(root.resolve(name));
    } catch (IllegalArgumentException e) {
      throw unusable(String.valueOf(e.getMessage()));
    }
    if (!folder.manifest().name().equals(name)) {
      throw unusable(
          "folder '%s' holds a model named '%s'".formatted(name, folder.manifest().name()));
    }
    return folder;
  }

  /** A folder that cannot be served, and why. */
  public static WeftException.Unsupported unusable(String why) {
    return new WeftException.Unsupported("MODEL_UNUSABLE", why, Map.of("param", "model"));
  }
}
