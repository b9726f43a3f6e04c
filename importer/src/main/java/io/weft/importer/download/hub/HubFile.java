package io.weft.importer.download.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file of a repository, as the hub's metadata has it.
 *
 * @param name path within the repository, checked: it stays within a folder
 * @param size in bytes
 * @param algorithm what {@code hash} is of the content
 * @param hash lower-case hex
 */
record HubFile(String name, long size, Algorithm algorithm, String hash) {
  /** Large files are known by their SHA-256, all others as git knows them. */
  enum Algorithm {
    SHA256("SHA-256"),
    /** SHA-1 of "blob SIZE", a zero byte and the content. */
    GIT_BLOB("SHA-1");

    private final String digest;

    Algorithm(String digest) {
      this.digest = digest;
    }
  }

  /** The hash of {@code content}, which has {@link #size} bytes. */
  String hashOf(Path content) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance(algorithm.digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has " + algorithm.digest, e);
    }
    if (algorithm == Algorithm.GIT_BLOB) {
      digest.update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
    }
    byte[] buffer = new byte[1 << 16];
    try (InputStream in = Files.newInputStream(content)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Whether this file lies, whole and unchanged, in {@code folder}. */
  boolean isIn(Path folder) throws IOException {
    Path path = folder.resolve(name);
    return Files.isRegularFile(path) && Files.size(path) == size && hashOf(path).equals(hash);
  }
}
