package io.weft.generator.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Names a block of tokens together with all that stands before it: the SHA-256 of its parent's name
 * and of its own token ids. The name that a chain begins with is salted by model and tenant, so
 * that no tenant can find, not even by the time that an answer takes, what another has sent.
 *
 * <p>The four longs are the 32 bytes of the hash.
 */
record BlockKey(long first, long second, long third, long fourth) {
  /** Before the first block of a tenant's sequences. */
  static BlockKey root(String model, String tenant) {
    byte[] modelName = model.getBytes(StandardCharsets.UTF_8);
    byte[] tenantName = tenant.getBytes(StandardCharsets.UTF_8);
    // The lengths keep "a" + "bc" and "ab" + "c" apart.
    return of(
        ByteBuffer.allocate(2 * Integer.BYTES + modelName.length + tenantName.length)
            .putInt(modelName.length)
            .put(modelName)
            .putInt(tenantName.length)
            .put(tenantName));
  }

  /** The block of the tokens [from, to) of a sequence, of which this is all that stands before. */
  BlockKey next(TokenHistory tokens, int from, int to) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * Long.BYTES + (to - from) * Integer.BYTES);
    bytes.putLong(first).putLong(second).putLong(third).putLong(fourth);
    for (int i = from; i < to; i++) {
      bytes.putInt(tokens.id(i));
    }
    return of(bytes);
  }

  private static BlockKey of(ByteBuffer bytes) {
    MessageDigest digest = sha256();
    digest.update(bytes.flip());
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    return new BlockKey(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @Override
  public int hashCode() {
    return Long.hashCode(first);
  }
}
