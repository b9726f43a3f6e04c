package io.weft.gateway.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Whose work a request is, so that backends can be fair between callers: the SHA-256 of its bearer
 * token, in hexadecimal, which names the caller without giving the token away. Requests without a
 * token are all of one tenant, "".
 */
final class Tenant {
  private static final String BEARER = "Bearer ";

  private Tenant() {}

  /**
   * The tenant of a request.
   *
   * @param authorization the header's value
   */
  static String of(@Nullable String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return "";
    }
    String token = authorization.substring(BEARER.length()).strip();
    return token.isEmpty() ? "" : hash(token);
  }

  private static String hash(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
