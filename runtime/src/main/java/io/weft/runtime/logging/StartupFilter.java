package io.weft.runtime.logging;

import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/**
 * Drops Quarkus's advice, a warning at every start, to give up the separate gRPC server: only that
 * one brings deadlines and cancellation to the services. A service uses it by {@code
 * quarkus.log.console.filter=weft}.
 */
@LoggingFilter(name = "weft")
public final class StartupFilter implements Filter {
  private static final String LOGGER = "io.quarkus.grpc.runtime.GrpcServerRecorder";

  @Override
  public boolean isLoggable(LogRecord record) {
    return !(LOGGER.equals(record.getLoggerName())
        && record.getLevel().intValue() == Level.WARNING.intValue()
        && String.valueOf(record.getMessage()).startsWith("Using legacy gRPC support"));
  }
}
