package io.weft.gateway.tei;

import io.weft.gateway.models.Model;
import io.weft.gateway.models.ModelCatalog;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The model of a request: the one it names in the field {@code model}, which is an addition to
 * text-embeddings-inference, or the only one that is loaded for the task.
 */
@Singleton
final class TeiModels {
  private final ModelCatalog catalog;

  TeiModels(ModelCatalog catalog) {
    this.catalog = catalog;
  }

  Model embedder(@Nullable String name) {
    return name == null
        ? catalog.onlyEncoder("embed", model -> model.tasks().contains("embed"))
        : catalog.embedder(name);
  }

  Model classifier(@Nullable String name) {
    return name == null
        ? catalog.onlyEncoder(
            "classify", model -> model.tasks().contains("classify") && !model.isReranker())
        : catalog.classifier(name);
  }

  Model reranker(@Nullable String name) {
    if (name == null) {
      return catalog.onlyEncoder("rerank", Model::isReranker);
    }
    Model model = catalog.classifier(name);
    if (!model.isReranker()) {
      throw new WeftException.Unsupported(
          "MODEL_LACKS_TASK",
          "model '%s' cannot rerank: that takes one label, it has %,d"
              .formatted(model.name(), model.labels().size()),
          Map.of("param", "model"));
    }
    return model;
  }

  /** A model whose tokenizer is wanted: any that has one, also a generator. */
  Model tokenized(@Nullable String name) {
    return name == null ? any(null) : catalog.tokenized(name);
  }

  Model any(@Nullable String name) {
    return name == null ? catalog.onlyEncoder("encode", _ -> true) : catalog.encoder(name);
  }
}
