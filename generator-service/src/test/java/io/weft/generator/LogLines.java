package io.weft.generator;

import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtLogRecord;

/** Collects what a class logs until closed. */
final class LogLines extends Handler implements AutoCloseable {
  private final Logger logger;
  private final List<String> lines;

  private LogLines(Logger logger, List<String> lines) {
    this.logger = logger;
    this.lines = lines;
  }

  /**
   * @param lines gets the messages, possibly from several threads
   */
  static LogLines of(Class<?> source, List<String> lines) {
    LogLines handler = new LogLines(Logger.getLogger(source.getName()), lines);
    handler.logger.addHandler(handler);
    return handler;
  }

  @Override
  public void publish(LogRecord record) {
    lines.add(ExtLogRecord.wrap(record).getFormattedMessage());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
  }
}
