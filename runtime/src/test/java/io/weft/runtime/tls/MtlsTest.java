package io.weft.runtime.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over real connections, with certificates that the launcher's own command makes. */
class MtlsTest {
  private static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          return new byte[0];
        }
      };

  private static final MethodDescriptor<byte[], byte[]> WORK = method("Work");
  private static final MethodDescriptor<byte[], byte[]> LOOK = method("GetVocabulary");

  private final List<AutoCloseable> opened = new ArrayList<>();

  /** Made once; each test has a copy of its own. */
  @TempDir static Path made;

  @TempDir Path folder;
  private Path certificates;
  private int port;

  private record Config(Optional<Path> folder, Duration reload, Optional<List<String>> callers)
      implements MtlsConfig {}

  private static MethodDescriptor<byte[], byte[]> method(String name) {
    return MethodDescriptor.newBuilder(BYTES, BYTES)
        .setType(MethodType.UNARY)
        .setFullMethodName("weft.test.v1.Test/" + name)
        .build();
  }

  @BeforeAll
  static void make() throws Exception {
    make(made, "worker", "gateway", "generator", "stranger");
  }

  @BeforeEach
  void start() throws Exception {
    certificates = folder.resolve("certificates");
    try (Stream<Path> files = Files.walk(made)) {
      for (Path file : files.toList()) {
        Files.copy(file, certificates.resolve(made.relativize(file).toString()));
      }
    }
    port = serve(certificates.resolve("worker"));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  private int serve(Path own) throws IOException {
    Config config =
        new Config(
            Optional.of(own),
            Duration.ofMillis(100),
            Optional.of(List.of("gateway", "generator/GetVocabulary")));
    ServiceTls tls = new ServiceTls(config);
    opened.add(tls::close);
    NettyServerBuilder builder =
        NettyServerBuilder.forPort(0)
            .intercept(new CallerCheck(tls, config))
            .addService(new Health())
            .addService(
                ServerServiceDefinition.builder("weft.test.v1.Test")
                    .addMethod(WORK, ServerCalls.asyncUnaryCall(MtlsTest::answer))
                    .addMethod(LOOK, ServerCalls.asyncUnaryCall(MtlsTest::answer))
                    .build());
    tls.secure(builder);
    Server server = builder.build().start();
    opened.add(() -> server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS));
    return server.getPort();
  }

  private static void answer(byte[] request, StreamObserver<byte[]> call) {
    call.onNext(request);
    call.onCompleted();
  }

  private static final class Health extends HealthGrpc.HealthImplBase {
    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> call) {
      call.onNext(HealthCheckResponse.getDefaultInstance());
      call.onCompleted();
    }
  }

  /** A connection of a service with its folder, to what must prove to be {@code worker}. */
  private ManagedChannel channel(Path own, int to) {
    ServiceTls tls =
        new ServiceTls(new Config(Optional.of(own), Duration.ofMillis(100), Optional.empty()));
    NettyChannelBuilder builder = NettyChannelBuilder.forAddress("127.0.0.1", to);
    tls.secure(builder, "worker");
    // As Quarkus does, which knows nothing of it.
    ManagedChannel channel = builder.usePlaintext().build();
    opened.add(tls::close);
    opened.add(channel::shutdownNow);
    return channel;
  }

  private ManagedChannel channel(ChannelCredentials credentials) {
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress("127.0.0.1", port, credentials)
            .overrideAuthority("localhost")
            .build();
    opened.add(channel::shutdownNow);
    return channel;
  }

  private static void call(ManagedChannel channel, MethodDescriptor<byte[], byte[]> method) {
    ClientCalls.blockingUnaryCall(
        channel,
        method,
        CallOptions.DEFAULT.withDeadlineAfter(10, TimeUnit.SECONDS),
        new byte[] {1});
  }

  private static void refused(Status.Code code, ManagedChannel channel) {
    StatusRuntimeException failure =
        catchThrowableOfType(StatusRuntimeException.class, () -> call(channel, WORK));
    assertThat(failure).isNotNull();
    assertThat(failure.getStatus().getCode()).as(failure.toString()).isEqualTo(code);
  }

  @Test
  void theGatewayIsServed() {
    call(channel(certificates.resolve("gateway"), port), WORK);
  }

  @Test
  void nobodyIsServedWithoutACertificate() throws Exception {
    Path authority = certificates.resolve("gateway/ca.crt");
    refused(Status.Code.UNAVAILABLE, channel(InsecureChannelCredentials.create()));
    refused(
        Status.Code.UNAVAILABLE,
        channel(TlsChannelCredentials.newBuilder().trustManager(authority.toFile()).build()));
  }

  @Test
  void theCertificateOfAnotherAuthorityIsRefused() throws Exception {
    Path others = folder.resolve("others");
    make(others, "gateway");
    // Even when it trusts this server.
    Files.copy(
        certificates.resolve("ca/ca.crt"),
        others.resolve("gateway/ca.crt"),
        StandardCopyOption.REPLACE_EXISTING);
    refused(Status.Code.UNAVAILABLE, channel(others.resolve("gateway"), port));
  }

  @Test
  void anExpiredCertificateIsRefused() throws Exception {
    Path expired = expired();
    refused(Status.Code.UNAVAILABLE, channel(expired, port));
  }

  @Test
  void servicesMayCallWhatTheyAreAllowed() {
    ManagedChannel generator = channel(certificates.resolve("generator"), port);
    call(generator, LOOK);
    refused(Status.Code.PERMISSION_DENIED, generator);
    assertThatThrownBy(() -> call(generator, WORK))
        .hasMessageContaining("the service 'generator' may not call weft.test.v1.Test/Work");
    refused(Status.Code.PERMISSION_DENIED, channel(certificates.resolve("stranger"), port));
  }

  @Test
  void everyServiceMayAskForHealth() {
    ManagedChannel stranger = channel(certificates.resolve("stranger"), port);
    assertThat(
            HealthGrpc.newBlockingStub(stranger)
                .withDeadlineAfter(10, TimeUnit.SECONDS)
                .check(HealthCheckRequest.getDefaultInstance()))
        .isNotNull();
  }

  @Test
  void aServerMustBeTheServiceThatIsMeant() throws Exception {
    int impostor = serve(certificates.resolve("generator"));
    refused(Status.Code.UNAVAILABLE, channel(certificates.resolve("gateway"), impostor));
  }

  @Test
  void replacedFilesAreTakenWithoutARestart() throws Exception {
    ManagedChannel before = channel(certificates.resolve("gateway"), port);
    call(before, WORK);
    Path later = folder.resolve("later");
    make(later, "worker", "gateway");

    for (String file : List.of("ca.crt", "tls.crt", "tls.key")) {
      // One after the other: in between they do not belong together.
      Files.copy(
          later.resolve("worker").resolve(file),
          certificates.resolve("worker").resolve(file),
          StandardCopyOption.REPLACE_EXISTING);
      Thread.sleep(150);
    }

    awaitServed(later.resolve("gateway"));
    refused(Status.Code.UNAVAILABLE, channel(certificates.resolve("gateway"), port));
    call(before, WORK);
  }

  @Test
  void filesThatMakeNoSenseChangeNothing() throws Exception {
    Files.writeString(certificates.resolve("worker/tls.crt"), "no certificate");
    Thread.sleep(300);
    call(channel(certificates.resolve("gateway"), port), WORK);
    assertThatThrownBy(() -> serve(certificates.resolve("worker")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot be used");
  }

  private void awaitServed(Path own) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (true) {
      try {
        call(channel(own, port), WORK);
        return;
      } catch (StatusRuntimeException notYet) {
        assertThat(System.nanoTime()).as(notYet.toString()).isLessThan(end);
        Thread.sleep(50);
      }
    }
  }

  /** The gateway's folder, with a certificate whose time is over. */
  private Path expired() throws Exception {
    Path own = Files.createDirectories(folder.resolve("expired"));
    Path ca = certificates.resolve("ca");
    Files.copy(ca.resolve("ca.crt"), own.resolve("ca.crt"));
    run(
        "openssl",
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=gateway",
        "-keyout",
        own + "/tls.key",
        "-out",
        own + "/csr");
    run(
        "openssl",
        "pkcs12",
        "-export",
        "-in",
        ca + "/ca.crt",
        "-inkey",
        ca + "/ca.key",
        "-passout",
        "pass:changeit",
        "-name",
        "ca",
        "-out",
        own + "/ca.p12");
    run(
        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
        "-gencert",
        "-keystore",
        own + "/ca.p12",
        "-storepass",
        "changeit",
        "-alias",
        "ca",
        "-startdate",
        "-10d",
        "-validity",
        "5",
        "-ext",
        "san=uri:spiffe://weft/gateway",
        "-infile",
        own + "/csr",
        "-outfile",
        own + "/tls.crt",
        "-rfc");
    return own;
  }

  private static void make(Path folder, String... services) throws Exception {
    List<String> command = new ArrayList<>(List.of("../weft", "certificates", folder.toString()));
    command.addAll(List.of(services));
    run(command.toArray(String[]::new));
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
