package io.weft.importer;

import picocli.CommandLine;

/** What a command line says when it is used wrongly. */
public final class WrongUsage {
  private WrongUsage() {}

  /** One line, which the text of all options would push out of sight. */
  public static int tell(CommandLine.ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    command.getErr().printf("error: %s%nAll options: --help%n", failure.getMessage());
    return CommandLine.ExitCode.USAGE;
  }
}
