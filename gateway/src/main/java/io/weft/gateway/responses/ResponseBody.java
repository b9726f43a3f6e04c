package io.weft.gateway.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weft.gateway.backend.Tool;
import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.generation.Usage;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A response, in OpenAI's shape.
 *
 * @param createdAt seconds since 1970-01-01 UTC
 * @param status {@code in_progress}, {@code completed}, {@code incomplete} or {@code failed}
 * @param error why it failed
 * @param incompleteDetails why it is not whole
 * @param temperature as the request says it; null where it leaves it to the model
 * @param previousResponseId always null: nothing is stored
 * @param store always false
 * @param usage null before the end
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record ResponseBody(
    String id,
    String object,
    long createdAt,
    String status,
    @Schema(nullable = true) @Nullable Failure error,
    @Schema(nullable = true) @Nullable Incomplete incompleteDetails,
    @Schema(nullable = true) @Nullable String instructions,
    @Schema(nullable = true) @Nullable Integer maxOutputTokens,
    String model,
    List<ResponseItem> output,
    boolean parallelToolCalls,
    @Schema(nullable = true) @Nullable String previousResponseId,
    boolean store,
    @Schema(nullable = true) @Nullable Float temperature,
    Text text,
    Object toolChoice,
    List<JsonNode> tools,
    @Schema(nullable = true) @Nullable Float topP,
    String truncation,
    @Schema(nullable = true) @Nullable Tokens usage,
    Map<String, String> metadata) {
  /** Why a response failed. */
  record Failure(String code, String message) {}

  /** Why a response is not whole. */
  record Incomplete(String reason) {}

  /** The shape of the text. */
  record Text(JsonNode format) {}

  /** Tokens of the prompt, and of the answer, end-of-sequence tokens included. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Tokens(
      int inputTokens,
      InputDetails inputTokensDetails,
      int outputTokens,
      OutputDetails outputTokensDetails,
      int totalTokens) {
    static Tokens of(Usage usage) {
      return new Tokens(
          usage.promptTokens(),
          new InputDetails(usage.promptTokensDetails().cachedTokens()),
          usage.completionTokens(),
          new OutputDetails(0),
          usage.totalTokens());
    }
  }

  /** Tokens that came from the prefix cache. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record InputDetails(int cachedTokens) {}

  /** Tokens of reasoning; none are told from others here. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record OutputDetails(int reasoningTokens) {}

  /** How a response stands. */
  record State(
      String status,
      @Nullable Failure error,
      @Nullable Incomplete incomplete,
      List<ResponseItem> output,
      @Nullable Tokens usage) {}

  static ResponseBody of(ResponseHead head, ResponseRequest request, State state) {
    return new ResponseBody(
        head.id(),
        "response",
        head.createdUnixS(),
        state.status(),
        state.error(),
        state.incomplete(),
        request.instructions(),
        request.options().stop().maxTokens(),
        head.model().name(),
        state.output(),
        request.tools().parallel(),
        null,
        false,
        request.options().sampling().temperature(),
        new Text(request.format().format()),
        request.tools().choice().shown(),
        request.tools().tools().stream().map(ResponseBody::flat).toList(),
        request.options().sampling().topP(),
        "disabled",
        state.usage(),
        request.metadata());
  }

  private static JsonNode flat(Tool tool) {
    ObjectNode flat = tool.definition().path("function").deepCopy();
    return flat.put("type", "function");
  }
}
