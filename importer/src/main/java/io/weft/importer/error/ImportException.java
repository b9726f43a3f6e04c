package io.weft.importer.error;

/**
 * A checkpoint that cannot be imported. The message names what is wrong, where, the value and its
 * limit; it is meant for the person who asked for the import, in one line: names from a broken file
 * may hold control characters, which are replaced.
 */
public final class ImportException extends RuntimeException {
  public ImportException(String message) {
    super(printable(message));
  }

  public ImportException(String message, Throwable cause) {
    super(printable(message), cause);
  }

  private static String printable(String message) {
    return message.replaceAll("\\p{Cntrl}", "?");
  }
}
