package io.weft.importer.download.hub;

import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What standard output is.
 *
 * @param terminal whether somebody watches, so that a line may be written over
 * @param width columns of the terminal
 */
public record Screen(boolean terminal, int width) {
  private static final int USUAL_WIDTH = 80;
  private static final Pattern STTY_SIZE = Pattern.compile("\\d+ (\\d{1,4})\\s*");

  /** A file or a pipe. */
  public static final Screen NONE = new Screen(false, USUAL_WIDTH);

  /** Looks. Java 25 still has no console where input or output is redirected. */
  @SuppressWarnings("SystemConsoleNull")
  public static Screen detect() {
    Console console = System.console();
    return console != null && console.isTerminal() ? new Screen(true, askWidth()) : NONE;
  }

  /** As {@code stty} knows it, for Java does not. */
  private static int askWidth() {
    try {
      Process stty =
          new ProcessBuilder("stty", "size")
              .redirectInput(ProcessBuilder.Redirect.INHERIT)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String answer = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      Matcher size = STTY_SIZE.matcher(answer);
      int width = size.matches() ? Integer.parseInt(size.group(1)) : 0;
      return width > 0 ? width : USUAL_WIDTH;
    } catch (IOException notThere) {
      return USUAL_WIDTH;
    }
  }
}
