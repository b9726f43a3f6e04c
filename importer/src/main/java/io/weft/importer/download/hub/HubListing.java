package io.weft.importer.download.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a repository holds at one commit: the answer of {@code GET
 * /api/models/ORG/NAME/revision/REVISION?blobs=true}. The hub is not trusted with more than the
 * content of files: names that would leave a folder are refused.
 *
 * @param commit 40 hexadecimal digits
 * @param files by name
 */
record HubListing(String commit, Map<String, HubFile> files) {
  static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /** Most bytes of an answer; 10,000 files take about 3 MB. */
  static final int MAX_BYTES = 16 << 20;

  private static final int MAX_FILES = 10_000;
  private static final int MAX_NAME = 512;
  private static final long MAX_SIZE = 1L << 48;
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern UNSAFE_NAME =
      Pattern.compile("/.*|.*/|.*//.*|(.*/)?\\.{1,2}(/.*)?|.*[\\\\\\p{Cntrl}].*", Pattern.DOTALL);

  /**
   * Reads the hub's answer.
   *
   * @throws ImportException when it is not what the hub answers, or hostile
   */
  static HubListing parse(byte[] answer) {
    JsonNode json;
    try {
      json = new JsonMapper().readTree(answer);
    } catch (IOException e) {
      throw new ImportException("the hub's answer is no JSON", e);
    }
    String commit = json.path("sha").asText("");
    if (!COMMIT.matcher(commit).matches()) {
      throw new ImportException("the hub names the commit '%s', which is none".formatted(commit));
    }
    JsonNode siblings = json.path("siblings");
    if (!siblings.isArray() || siblings.size() > MAX_FILES) {
      throw new ImportException(
          "the hub lists %,d files, at most %,d are read".formatted(siblings.size(), MAX_FILES));
    }
    Map<String, HubFile> files = new LinkedHashMap<>();
    for (JsonNode sibling : siblings) {
      HubFile file = file(sibling);
      if (files.putIfAbsent(file.name(), file) != null) {
        throw new ImportException("the hub lists '%s' twice".formatted(file.name()));
      }
    }
    return new HubListing(commit, files);
  }

  private static HubFile file(JsonNode sibling) {
    String name = sibling.path("rfilename").asText("");
    if (name.isEmpty() || name.length() > MAX_NAME || UNSAFE_NAME.matcher(name).matches()) {
      throw new ImportException("the hub lists a file '%s', which is refused".formatted(name));
    }
    JsonNode lfs = sibling.path("lfs");
    JsonNode size = lfs.isObject() ? lfs.path("size") : sibling.path("size");
    if (!size.isIntegralNumber()
        || !size.canConvertToLong()
        || size.asLong() < 0
        || size.asLong() > MAX_SIZE) {
      throw new ImportException(
          "the hub says that %s has %s bytes, it must be 0 to %,d".formatted(name, size, MAX_SIZE));
    }
    HubFile.Algorithm algorithm =
        lfs.isObject() ? HubFile.Algorithm.SHA256 : HubFile.Algorithm.GIT_BLOB;
    String hash = (lfs.isObject() ? lfs.path("sha256") : sibling.path("blobId")).asText("");
    Pattern form = lfs.isObject() ? SHA256 : COMMIT;
    if (!form.matcher(hash).matches()) {
      throw new ImportException("the hub gives no usable hash of %s: '%s'".formatted(name, hash));
    }
    return new HubFile(name, size.asLong(), algorithm, hash);
  }

  boolean has(String name) {
    return files.containsKey(name);
  }

  @Nullable HubFile find(String name) {
    return files.get(name);
  }
}
