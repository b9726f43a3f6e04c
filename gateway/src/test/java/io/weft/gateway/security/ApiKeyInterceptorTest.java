package io.weft.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.weft.gateway.GatewayConfig;
import io.weft.gateway.GatewayConfigTest;
import io.weft.proto.common.v1.ModelInfo;
import io.weft.proto.generator.v1.GeneratorServiceGrpc;
import io.weft.proto.generator.v1.ListModelsRequest;
import io.weft.proto.generator.v1.ListModelsResponse;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over a real connection, before a service that names its caller. */
class ApiKeyInterceptorTest {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("Authorization", Metadata.ASCII_STRING_MARSHALLER);

  @TempDir Path folder;
  private Server server;
  private ManagedChannel channel;

  private static final class WhoCalls extends GeneratorServiceGrpc.GeneratorServiceImplBase {
    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> call) {
      String tenant = Caller.CONTEXT.get().tenant();
      call.onNext(
          ListModelsResponse.newBuilder()
              .addModels(ModelInfo.newBuilder().setName(tenant))
              .build());
      call.onCompleted();
    }
  }

  @BeforeEach
  void start() throws IOException {
    Path file =
        Files.writeString(folder.resolve("keys"), "alice sha256:" + Hashes.sha256("weft-a"));
    GatewayConfig config = GatewayConfigTest.config(Map.of("keys-file", file.toString()));
    KeyRing keys = new KeyRing(config, new Rates(config), "127.0.0.1");
    server =
        ServerBuilder.forPort(0)
            .addService(new WhoCalls())
            .intercept(new ApiKeyInterceptor(keys))
            .build()
            .start();
    channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  @Test
  void aKeysNameIsTheTenant() {
    assertThat(call("Bearer weft-a")).isEqualTo("alice");
  }

  @Test
  void everythingElseIsRefused() {
    for (String[] values :
        new String[][] {{}, {"Bearer weft-b"}, {"weft-a"}, {"Bearer weft-a", "Bearer weft-b"}}) {
      StatusRuntimeException failure =
          catchThrowableOfType(StatusRuntimeException.class, () -> call(values));

      assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
      assertThat(Statuses.fromStatus(failure))
          .isInstanceOf(WeftException.Unauthenticated.class)
          .extracting(WeftException::reason)
          .isEqualTo("INVALID_API_KEY");
      assertThat(failure).hasMessageNotContaining("weft-");
    }
  }

  private String call(String... authorization) {
    Metadata headers = new Metadata();
    for (String value : authorization) {
      headers.put(AUTHORIZATION, value);
    }
    return GeneratorServiceGrpc.newBlockingStub(channel)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .listModels(ListModelsRequest.getDefaultInstance())
        .getModels(0)
        .getName();
  }
}
