package io.weft.runtime.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class StartupFilterTest {
  private static final String GRPC = "io.quarkus.grpc.runtime.GrpcServerRecorder";

  @Test
  void dropsTheAdviceAndNothingElse() {
    assertThat(logs(GRPC, Level.WARNING, "Using legacy gRPC support with a separate ..."))
        .isFalse();
    assertThat(logs(GRPC, Level.WARNING, "Unable to start the gRPC server")).isTrue();
    assertThat(logs(GRPC, Level.INFO, "Started gRPC server on 127.0.0.1:9002")).isTrue();
    assertThat(logs("io.weft", Level.WARNING, "Using legacy gRPC support")).isTrue();
  }

  private static boolean logs(String logger, Level level, String message) {
    LogRecord record = new LogRecord(level, message);
    record.setLoggerName(logger);
    return new StartupFilter().isLoggable(record);
  }
}
