package io.weft.gateway.backend;

import io.weft.proto.common.v1.EncoderInfo;
import io.weft.proto.common.v1.ItemError;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.runtime.error.WeftException;
import java.util.List;
import java.util.Map;

/** What several services say in the same way. */
final class ModelProtos {
  private static final int INVALID_ARGUMENT = io.grpc.Status.Code.INVALID_ARGUMENT.value();
  private static final int OUT_OF_RANGE = io.grpc.Status.Code.OUT_OF_RANGE.value();

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
    String message = "%s: %s".formatted(param, error.getMessage());
    return error.getCode() == INVALID_ARGUMENT || error.getCode() == OUT_OF_RANGE
        ? new WeftException.InvalidRequest(error.getReason(), message, Map.of("param", param))
        // The others went on, so it is this item that the model cannot take.
        : new WeftException.InvalidRequest("ITEM_FAILED", message, Map.of("param", param));
  }
}
