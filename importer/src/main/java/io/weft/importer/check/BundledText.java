package io.weft.importer.check;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** {@code text.txt} beside this class; its README says what it is. */
public final class BundledText {
  private BundledText() {}

  /** All of it. */
  public static String whole() {
    try (InputStream in =
        Objects.requireNonNull(BundledText.class.getResourceAsStream("text.txt"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its paragraphs, each on one line: texts of a few to about 150 words. */
  public static List<String> paragraphs() {
    List<String> paragraphs = new ArrayList<>();
    for (String paragraph : whole().split("\n\n", -1)) {
      paragraphs.add(paragraph.strip().replaceAll("\\s+", " "));
    }
    return paragraphs;
  }
}
