package io.weft.gateway;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtLogRecord;

/** Everything that is logged, from all loggers and with all stack traces, while it is open. */
public final class LogRecorder extends Handler implements AutoCloseable {
  private final StringWriter text = new StringWriter();
  private final PrintWriter out = new PrintWriter(text);

  private LogRecorder() {
    setLevel(Level.ALL);
  }

  public static LogRecorder start() {
    LogRecorder recorder = new LogRecorder();
    Logger.getLogger("").addHandler(recorder);
    return recorder;
  }

  public synchronized String text() {
    out.flush();
    return text.toString();
  }

  @Override
  public synchronized void publish(LogRecord record) {
    out.println(ExtLogRecord.wrap(record).getFormattedMessage());
    if (record.getThrown() != null) {
      record.getThrown().printStackTrace(out);
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    Logger.getLogger("").removeHandler(this);
  }
}
