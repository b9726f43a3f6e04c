package io.weft.gateway.backend;

import io.weft.proto.common.v1.EncoderInfo;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.runtime.error.WeftException;
import java.util.List;

/** What several services say in the same way. */
final class ModelProtos {
  private ModelProtos() {}

  static List<ModelDescription> models(List<ModelInfo> models) {
    return models.stream()
        .map(
            model ->
                new ModelDescription(
                    model.getName(),
                    model.getFamily(),
                    model.getTasksList(),
                    model.getDtype(),
                    model.getContextLength(),
                    model.getVocabularyHash(),
                    model.getCreatedUnixS(),
                    model.getEncoder().getLabelsList(),
                    model.getEncoder().getPooling(),
                    traits(model)))
        .toList();
  }

  private static EncoderTraits traits(ModelInfo model) {
    EncoderInfo encoder = model.getEncoder();
    return new EncoderTraits(
        model.getHiddenSize(),
        encoder.getLayers(),
        encoder.getHeads(),
        encoder.getAttentions(),
        encoder.hasMaskTokenId() ? encoder.getMaskTokenId() : null);
  }

  /**
   * The failure of one item of a batch. OpenAI's API has no failures of single items, so the first
   * one becomes the failure of the request.
   *
   * @param param names the item, such as {@code input[3]}
   */
  static WeftException failure(ItemError error, String param) {
    return failed(error).exception(param);
  }

  /** The same, of the item alone. */
  static <T> ItemOutcome.Failed<T> failed(ItemError error) {
    return new ItemOutcome.Failed<>(error.getCode(), error.getReason(), error.getMessage());
  }
}
