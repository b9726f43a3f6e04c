package io.weft.gateway.json;

import io.weft.runtime.error.WeftException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ways in which a request can be wrong. Messages never contain text from the request. */
public final class Invalid {
  private Invalid() {}

  /** Not JSON at all. */
  public static WeftException.InvalidRequest json(String message) {
    return new WeftException.InvalidRequest("INVALID_JSON", message, Map.of());
  }

  /** A value of the wrong type; no {@code param} means the body itself. */
  public static WeftException.InvalidRequest type(
      @Nullable String param, String expected, String actual) {
    String message =
        "%s must be %s, not %s".formatted(param == null ? "the body" : param, expected, actual);
    return param == null
        ? new WeftException.InvalidRequest("INVALID_TYPE", message, Map.of())
        : new WeftException.InvalidRequest("INVALID_TYPE", message, param);
  }

  /** A value of the right type that makes no sense. */
  public static WeftException.InvalidRequest value(String param, String message) {
    return new WeftException.InvalidRequest("INVALID_VALUE", message, param);
  }

  /** A value outside its range; the message names the limit and the value. */
  public static WeftException.InvalidRequest range(String param, String message) {
    return new WeftException.InvalidRequest("OUT_OF_RANGE", message, param);
  }

  /** A required field that is not there. */
  public static WeftException.InvalidRequest missing(String param) {
    return new WeftException.InvalidRequest(
        "MISSING_REQUIRED_PARAMETER", "%s is required".formatted(param), param);
  }

  /** Part of OpenAI's API that this server does not have. */
  public static WeftException.InvalidRequest unsupported(String param, String message) {
    return new WeftException.InvalidRequest("UNSUPPORTED_PARAMETER", message, param);
  }
}
