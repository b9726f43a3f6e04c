package io.weft.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.weft.proto.tokenizer.v1.ListModelsRequest;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All services by mutual TLS, with the launcher's certificates, which are replaced meanwhile. */
class MtlsIT {
  private static final int TOKENIZER = 9001;

  @TempDir Path folder;

  @Test
  void servesWhoeverShowsTheRightCertificateAlsoAfterTheyAreReplaced() throws Exception {
    try (WeftStack stack =
        new WeftStack(WeftStack.SCRATCH).with("WEFT_MTLS_DIR", folder.toString())) {
      make(stack);
      stack.up();
      works(stack);

      assertThat(call(stack, InsecureChannelCredentials.create()))
          .isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(call(stack, trusting().build())).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(call(stack, shows("encoder"))).isEqualTo(Status.Code.PERMISSION_DENIED);
      assertThat(call(stack, shows("gateway"))).isEqualTo(Status.Code.OK);

      String before = served(stack);
      make(stack);
      awaitOther(stack, before);
      assertThat(call(stack, shows("gateway"))).isEqualTo(Status.Code.OK);
      works(stack);
    }
  }

  private void make(WeftStack stack) {
    WeftStack.Result made = stack.weft("certificates", folder.toString());
    assertThat(made.exit()).as(made.output()).isZero();
  }

  private static void works(WeftStack stack) {
    Api.Answer chat =
        stack.api().post("/v1/chat/completions", Api.chat("Hello", Map.of("max_tokens", 4)));
    assertThat(chat.status()).as(chat.toString()).isEqualTo(200);
    Api.Answer embedding =
        stack.api().post("/v1/embeddings", Map.of("model", Api.EMBEDDING_MODEL, "input", "a cat"));
    assertThat(embedding.status()).as(embedding.toString()).isEqualTo(200);
  }

  private TlsChannelCredentials.Builder trusting() throws IOException {
    return TlsChannelCredentials.newBuilder().trustManager(folder.resolve("ca/ca.crt").toFile());
  }

  private ChannelCredentials shows(String service) throws IOException {
    Path own = folder.resolve(service);
    return trusting()
        .keyManager(own.resolve("tls.crt").toFile(), own.resolve("tls.key").toFile())
        .build();
  }

  private static Status.Code call(WeftStack stack, ChannelCredentials credentials) {
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress("localhost", stack.port(TOKENIZER), credentials).build();
    try {
      StatusRuntimeException failure =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () ->
                  TokenizerServiceGrpc.newBlockingStub(channel)
                      .withDeadlineAfter(10, TimeUnit.SECONDS)
                      .listModels(ListModelsRequest.getDefaultInstance()));
      return failure == null ? Status.Code.OK : failure.getStatus().getCode();
    } finally {
      channel.shutdownNow();
    }
  }

  /** The certificate that the tokenizer shows now. */
  private String served(WeftStack stack) {
    Path own = folder.resolve("gateway");
    WeftStack.Result shown =
        stack.run(
            List.of(
                "openssl",
                "s_client",
                "-connect",
                "127.0.0.1:" + stack.port(TOKENIZER),
                "-alpn",
                "h2",
                "-cert",
                own.resolve("tls.crt").toString(),
                "-key",
                own.resolve("tls.key").toString()));
    int from = shown.output().indexOf("-----BEGIN CERTIFICATE-----");
    assertThat(from).as(shown.output()).isNotNegative();
    return shown
        .output()
        .substring(from, shown.output().indexOf("-----END CERTIFICATE-----", from));
  }

  private void awaitOther(WeftStack stack, String before) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (served(stack).equals(before)) {
      assertThat(System.nanoTime()).as("the new certificate").isLessThan(end);
      Thread.sleep(250);
    }
  }
}
