package io.weft.gateway.error;

import org.jspecify.annotations.Nullable;

/**
 * OpenAI's error object.
 *
 * @param message for people; names the limit and the value
 * @param type the class of the failure, such as {@code invalid_request_error}
 * @param param the request field at fault, such as {@code messages[0].content}
 * @param code machine-readable reason, such as {@code context_length_exceeded}
 */
public record ApiError(String message, String type, @Nullable String param, @Nullable String code) {
  /**
   * What an error response, or an error event of a stream, holds.
   *
   * @param error the error
   */
  public record Body(ApiError error) {}
}
