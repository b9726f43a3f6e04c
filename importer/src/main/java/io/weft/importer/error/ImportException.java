package io.weft.importer.error;

import java.util.regex.Pattern;

/**
 * A checkpoint that cannot be imported. The message names what is wrong, where, the value and its
 * limit; it is meant for the person who asked for the import, in one line: names from a broken file
 * may hold control characters, which are replaced.
 */
public final class ImportException extends RuntimeException {
  /** Characters; names in a broken file may be long. */
  private static final int MAX_LENGTH = 1_000;

  /** Control characters, also the invisible ones of Unicode, line separators, broken surrogates. */
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

  public ImportException(String message) {
    super(printable(message));
  }

  public ImportException(String message, Throwable cause) {
    super(printable(message), cause);
  }

  private static String printable(String message) {
    String shown =
        message.length() <= MAX_LENGTH ? message : message.substring(0, MAX_LENGTH) + " ...";
    return UNPRINTABLE.matcher(shown).replaceAll("?");
  }
}
