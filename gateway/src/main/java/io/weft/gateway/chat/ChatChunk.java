package io.weft.gateway.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.tools.CallPiece;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event of a streamed chat, in OpenAI's shape.
 *
 * @param usage absent unless asked for; then JSON's null in every chunk but the last
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
record ChatChunk(
    String id,
    String object,
    long created,
    String model,
    String systemFingerprint,
    List<Choice> choices,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Object usage) {
  /**
   * A piece of one of the n answers.
   *
   * @param finishReason null until the answer's last chunk
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Choice(
      int index, Delta delta, @Nullable ChatLogprobs logprobs, @Nullable String finishReason) {}

  /** What is new. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Delta(
      @Nullable String role, @Nullable String content, @Nullable List<ChatToolCall> toolCalls) {
    static final Delta ROLE = new Delta("assistant", "", null);

    /** Of an answer that will have no text. */
    static final Delta ROLE_OF_CALL = new Delta("assistant", null, null);

    static final Delta NOTHING = new Delta(null, null, null);

    static Delta of(CallPiece piece) {
      return switch (piece) {
        case CallPiece.Text(String text) -> new Delta(null, text, null);
        case CallPiece.Begin(int index, String id, String name) ->
            new Delta(null, null, List.of(ChatToolCall.first(index, id, name)));
        case CallPiece.Arguments(int index, String text) ->
            new Delta(null, null, List.of(ChatToolCall.next(index, text)));
      };
    }
  }
}
