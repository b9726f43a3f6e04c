package io.weft.importer;

import io.weft.importer.error.ImportException;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line; exits with 0 on success, 1 on failure and 2 on wrong usage. */
@Command(
    name = "importer",
    description = "Makes model folders out of checkpoints.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {ImportCommand.class, PullCommand.class})
public final class ImporterMain implements Runnable {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "show this text")
  boolean help;

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  ImporterMain() {
    spec = CommandLine.Model.CommandSpec.create();
  }

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new ImporterMain())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(WrongUsage::tell)
        .setExecutionExceptionHandler(ImporterMain::report);
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
  }

  /** Failures of a checkpoint or a disk are told in one line; others are faults, with a trace. */
  private static int report(
      Exception failure, CommandLine commandLine, CommandLine.ParseResult parsed) throws Exception {
    if (failure instanceof ImportException || failure instanceof UncheckedIOException) {
      commandLine.getErr().println("error: " + failure.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    throw failure;
  }
}
