package io.weft.tokenizer.model;

import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jboss.logging.Logger;

/** All loaded tokenizers by name. Immutable once made. */
public final class TokenizerModels implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(TokenizerModels.class);

  private final SortedMap<String, TokenizerModel> byName;

  private final SortedMap<String, String> broken;

  private TokenizerModels(
      SortedMap<String, TokenizerModel> byName, SortedMap<String, String> broken) {
    this.byName = Collections.unmodifiableSortedMap(byName);
    this.broken = Collections.unmodifiableSortedMap(broken);
  }

  /**
   * Loads the tokenizer of each model folder below {@code root} that has one. One that cannot be
   * used is left out and reported, so that it does not take the others with it, unless models are
   * asked for by name.
   *
   * @param only names of the models to load; empty means all
   * @throws IllegalArgumentException when two folders are of one name, or a model that is asked for
   *     by name is broken or not there
   */
  public static TokenizerModels load(Path root, List<String> only, TokenizerLoader loader) {
    SortedMap<String, TokenizerModel> loaded = new TreeMap<>();
    SortedMap<String, String> broken = new TreeMap<>();
    try {
      for (Path path : TokenizerFolders.find(root)) {
        try {
          load(path, only, loader, loaded);
        } catch (BrokenModelException e) {
          broken.put(e.name, String.valueOf(e.getMessage()));
        }
      }
      for (String name : only) {
        if (!loaded.containsKey(name)) {
          throw new IllegalArgumentException(
              broken.getOrDefault(
                  name, "there is no model '%s' with a tokenizer in %s".formatted(name, root)));
        }
      }
    } catch (IllegalArgumentException e) {
      loaded.values().forEach(TokenizerModel::close);
      throw e;
    }
    if (only.isEmpty()) {
      broken.forEach((name, why) -> LOG.errorf("model '%s' is left out: %s", name, why));
    }
    return new TokenizerModels(loaded, broken);
  }

  /** A model that cannot be used. */
  private static final class BrokenModelException extends Exception {
    private static final long serialVersionUID = 1;
    private final String name;

    BrokenModelException(String name, IllegalArgumentException cause) {
      super(cause.getMessage(), cause);
      this.name = name;
    }
  }

  private static void load(
      Path path,
      List<String> only,
      TokenizerLoader loader,
      SortedMap<String, TokenizerModel> loaded)
      throws BrokenModelException {
    String name = String.valueOf(path.getFileName());
    ModelFolder folder;
    try {
      folder = ModelFolder.open(path);
    } catch (IllegalArgumentException e) {
      throw new BrokenModelException(name, e);
    }
    name = folder.manifest().name();
    if (!TokenizerFolders.hasTokenizer(folder) || (!only.isEmpty() && !only.contains(name))) {
      return;
    }
    if (loaded.containsKey(name)) {
      throw new IllegalArgumentException(
          "two model folders in %s are called '%s'".formatted(path.getParent(), name));
    }
    try {
      loaded.put(name, loader.load(folder));
    } catch (IllegalArgumentException e) {
      throw new BrokenModelException(name, e);
    }
  }

  /**
   * The model of that name.
   *
   * @throws WeftException.NotFound when it is not loaded
   */
  public TokenizerModel require(String name) {
    TokenizerModel model = byName.get(name);
    if (model == null) {
      throw WeftException.NotFound.model(name, byName.keySet());
    }
    return model;
  }

  /** Whether a model is loaded. */
  public boolean has(String name) {
    return byName.containsKey(name);
  }

  /** These models and another, which takes the place of one of its name. */
  public TokenizerModels with(TokenizerModel model) {
    SortedMap<String, TokenizerModel> models = new TreeMap<>(byName);
    models.put(model.name(), model);
    SortedMap<String, String> stillBroken = new TreeMap<>(broken);
    stillBroken.remove(model.name());
    return new TokenizerModels(models, stillBroken);
  }

  /** These models but one, whose tokenizer ends when nobody encodes with it any more. */
  public TokenizerModels without(String name) {
    SortedMap<String, TokenizerModel> models = new TreeMap<>(byName);
    models.remove(name);
    return new TokenizerModels(models, broken);
  }

  /** All models, by name. */
  public Collection<TokenizerModel> all() {
    return byName.values();
  }

  /** What is wrong with the models that were left out, by name. */
  public SortedMap<String, String> broken() {
    return broken;
  }

  @Override
  public void close() {
    byName.values().forEach(TokenizerModel::close);
  }
}
