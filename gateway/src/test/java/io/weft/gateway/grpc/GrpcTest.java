package io.weft.gateway.grpc;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.quarkus.grpc.GrpcClient;
import io.quarkus.test.common.http.TestHTTPResource;
import io.weft.gateway.fake.Fakes;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Fresh fakes and a connection to the gateway's gRPC port for each test. */
abstract class GrpcTest {
  @TestHTTPResource URI base;

  /** Any of Quarkus' clients: in tests all lead to the same server. */
  @GrpcClient("generator")
  Channel managed;

  ManagedChannel channel;

  @BeforeEach
  void open() {
    Fakes.reset(base);
    channel = Channels.open(managed);
  }

  @AfterEach
  void close() {
    channel.shutdownNow();
  }
}
