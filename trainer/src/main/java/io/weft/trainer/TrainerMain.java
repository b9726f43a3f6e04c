package io.weft.trainer;

import io.weft.importer.WrongUsage;
import io.weft.importer.error.ImportException;
import io.weft.trainer.data.DataException;
import io.weft.trainer.serve.ServiceAdmin;
import io.weft.trainer.train.DivergedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import picocli.CommandLine;

/** The command line; exits with 0 on success, 1 on failure and 2 on wrong usage. */
public final class TrainerMain {
  private TrainerMain() {}

  public static void main(String[] args) {
    // Nobody listens to DJL's log, and it must neither call home nor download libraries.
    System.setProperty("slf4j.internal.verbosity", "ERROR");
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new FinetuneCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(WrongUsage::tell)
        .setExecutionExceptionHandler(TrainerMain::report);
  }

  /**
   * What a person can put right is told in plain words; other failures are faults, with a trace.
   */
  private static int report(
      Exception failure, CommandLine commandLine, CommandLine.ParseResult parsed) throws Exception {
    if (failure instanceof DataException
        || failure instanceof ImportException
        || failure instanceof DivergedException
        || failure instanceof IllegalArgumentException
        || failure instanceof ServiceAdmin.LoadException
        || failure instanceof IOException
        || failure instanceof UncheckedIOException) {
      commandLine.getErr().println("error: " + failure.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    throw failure;
  }
}
