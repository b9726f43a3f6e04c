package io.weft.importer.error;

/**
 * A checkpoint that cannot be imported. The message names what is wrong, where, the value and its
 * limit; it is meant for the person who asked for the import.
 */
public final class ImportException extends RuntimeException {
  public ImportException(String message) {
    super(message);
  }

  public ImportException(String message, Throwable cause) {
    super(message, cause);
  }
}
