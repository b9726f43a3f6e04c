package io.weft.gateway.security;

import io.weft.runtime.error.WeftException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The keys at one time, and who shows one. Immutable. */
sealed interface ApiKeys {
  String BEARER = "Bearer ";

  /**
   * Whose request it is.
   *
   * @param authorization the value of the header or of the call's metadata
   * @throws WeftException.Unauthenticated when it shows no key that is known
   */
  Caller caller(@Nullable String authorization);

  /** No keys: everybody may call. Bearer tokens tell callers apart all the same, for fairness. */
  record Open() implements ApiKeys {
    /** The caller's tenant is the token's SHA-256; all without a token are one tenant, "". */
    @Override
    public Caller caller(@Nullable String authorization) {
      String token = token(authorization);
      return new Caller(token.isEmpty() ? "" : Hashes.sha256(token), Quota.UNLIMITED);
    }
  }

  /**
   * A key and what it may still use.
   *
   * @param entry as the file has it
   * @param quota its own
   */
  record Key(KeysFile.Entry entry, Quota quota) {}

  /** Only who shows one of the keys may call. */
  record Closed(List<Key> keys) implements ApiKeys {
    public Closed {
      keys = List.copyOf(keys);
    }

    List<KeysFile.Entry> entries() {
      return keys.stream().map(Key::entry).toList();
    }

    /** Compares with every key, in a time that does not depend on which of them fits. */
    @Override
    public Caller caller(@Nullable String authorization) {
      String token = token(authorization);
      if (token.isEmpty()) {
        throw new WeftException.Unauthenticated(
            "INVALID_API_KEY", "no API key was given: send the header 'Authorization: Bearer KEY'");
      }
      byte[] hash = Hashes.sha256(token).getBytes(StandardCharsets.US_ASCII);
      Key found = null;
      for (Key key : keys) {
        byte[] known = key.entry().hash().getBytes(StandardCharsets.US_ASCII);
        found = MessageDigest.isEqual(known, hash) ? key : found;
      }
      if (found == null) {
        throw new WeftException.Unauthenticated(
            "INVALID_API_KEY", "the API key that was given is not known");
      }
      return new Caller(found.entry().name(), found.quota());
    }
  }

  /** What follows {@code Bearer}; empty when there is none. */
  private static String token(@Nullable String authorization) {
    return authorization == null
            || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? ""
        : authorization.substring(BEARER.length()).strip();
  }
}
