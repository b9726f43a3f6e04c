package io.weft.tokenizer.model;

import io.weft.runtime.error.WeftException;
import io.weft.runtime.model.ModelFolder;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** All loaded tokenizers by name. Owns them; immutable once made. */
public final class TokenizerModels implements AutoCloseable {
  private final SortedMap<String, TokenizerModel> byName;

  private TokenizerModels(SortedMap<String, TokenizerModel> byName) {
    this.byName = Collections.unmodifiableSortedMap(byName);
  }

  /**
   * Loads the tokenizer of each model folder below {@code root} that has one.
   *
   * @param only names of the models to load; empty means all
   * @throws IllegalArgumentException when a folder is broken, or a name is not there or twice
   */
  public static TokenizerModels load(Path root, List<String> only, TokenizerLoader loader) {
    SortedMap<String, TokenizerModel> loaded = new TreeMap<>();
    try {
      for (ModelFolder folder : TokenizerFolders.find(root)) {
        String name = folder.manifest().name();
        if (!only.isEmpty() && !only.contains(name)) {
          continue;
        }
        if (loaded.containsKey(name)) {
          throw new IllegalArgumentException(
              "two model folders in %s are called '%s'".formatted(root, name));
        }
        loaded.put(name, loader.load(folder));
      }
      for (String name : only) {
        if (!loaded.containsKey(name)) {
          throw new IllegalArgumentException(
              "there is no model '%s' with a tokenizer in %s".formatted(name, root));
        }
      }
    } catch (IllegalArgumentException e) {
      loaded.values().forEach(TokenizerModel::close);
      throw e;
    }
    return new TokenizerModels(loaded);
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

  /** All models, by name. */
  public Collection<TokenizerModel> all() {
    return byName.values();
  }

  @Override
  public void close() {
    byName.values().forEach(TokenizerModel::close);
  }
}
