package io.weft.gateway.responses;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.weft.gateway.generation.TokenLogprobs;
import io.weft.gateway.http.EventStreams;
import java.util.List;

/**
 * An event of a streamed response, in OpenAI's shape. Its type is the event's name too; sequence
 * numbers count all events of a stream from 0.
 */
sealed interface ResponseEvent extends EventStreams.Named {
  /** The response as it stands. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Whole(String type, int sequenceNumber, ResponseBody response) implements ResponseEvent {}

  /** An item begins or has ended. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Item(String type, int sequenceNumber, int outputIndex, ResponseItem item)
      implements ResponseEvent {}

  /** A part of a message begins or has ended. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Part(
      String type,
      int sequenceNumber,
      String itemId,
      int outputIndex,
      int contentIndex,
      ResponseItem.Part part)
      implements ResponseEvent {}

  /** More text of a part. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record TextDelta(
      String type,
      int sequenceNumber,
      String itemId,
      int outputIndex,
      int contentIndex,
      String delta,
      List<TokenLogprobs.Token> logprobs)
      implements ResponseEvent {}

  /** The whole text of a part. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record TextDone(
      String type,
      int sequenceNumber,
      String itemId,
      int outputIndex,
      int contentIndex,
      String text,
      List<TokenLogprobs.Token> logprobs)
      implements ResponseEvent {}

  /** More arguments of a call. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record ArgumentsDelta(
      String type, int sequenceNumber, String itemId, int outputIndex, String delta)
      implements ResponseEvent {}

  /** The whole arguments of a call. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record ArgumentsDone(
      String type,
      int sequenceNumber,
      String itemId,
      int outputIndex,
      String name,
      String arguments)
      implements ResponseEvent {}
}
