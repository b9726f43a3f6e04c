package io.weft.gateway.http;

import static io.weft.gateway.Http.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Channel;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.quarkus.grpc.GrpcClient;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weft.gateway.Http;
import io.weft.gateway.fake.FakeGenerator;
import io.weft.gateway.fake.Fakes;
import io.weft.proto.gateway.v1.ChatMessage;
import io.weft.proto.gateway.v1.ChatRequest;
import io.weft.proto.gateway.v1.InferenceServiceGrpc;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** TLS with a certificate made for the test, HTTP/2 with it and without, and answers as ever. */
@QuarkusTest
@TestProfile(TlsTest.Tls.class)
class TlsTest {
  private static final Path FOLDER = Path.of("target", "test-tls");
  private static final char[] PASSWORD = "password".toCharArray();
  private static final String CHAT = "/v1/chat/completions";
  private static final String GOOD =
      body("{'model':'smol','messages':[{'role':'user','content':'hi'}]}");
  private static final String STREAM = GOOD.replace("{\"model", "{\"stream\":true,\"model");

  private static final ChatRequest CALL =
      ChatRequest.newBuilder()
          .setModel("smol")
          .addMessages(ChatMessage.newBuilder().setRole("user").setContent("hi"))
          .build();

  @TestHTTPResource(tls = true)
  URI secure;

  @TestHTTPResource URI base;

  /** Any of Quarkus' clients: in tests all lead to the same server. */
  @GrpcClient("generator")
  Channel managed;

  /** The files as an operator would give them. */
  public static final class Tls implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      try {
        KeyStore store = keyStore();
        String certificate =
            pem("CERTIFICATE", store.getCertificate("weft").getEncoded()).toString();
        Map<String, String> settings = new HashMap<>();
        settings.put("WEFT_TLS_CERTIFICATE", certificate);
        settings.put(
            "WEFT_TLS_KEY",
            pem("PRIVATE KEY", store.getKey("weft", PASSWORD).getEncoded()).toString());
        for (String backend : List.of("tokenizer", "encoder", "generator")) {
          // The fakes are in the same server.
          settings.put("quarkus.grpc.clients." + backend + ".ssl.trust-store", certificate);
        }
        return settings;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @BeforeEach
  void reset() {
    Fakes.reset(base);
  }

  @Test
  void requestsAndStreamsOverTlsAndHttp2() throws Exception {
    try (HttpClient client = client()) {
      HttpResponse<String> whole = client.send(post(secure, GOOD), BodyHandlers.ofString());
      assertThat(whole.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(whole.sslSession()).isPresent();
      assertThat(whole.statusCode()).isEqualTo(200);
      assertThat(whole.body()).contains("Hello there");

      HttpResponse<String> stream = client.send(post(secure, STREAM), BodyHandlers.ofString());
      assertThat(stream.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(Http.events(stream.body())).last().isEqualTo("[DONE]");
    }
  }

  @Test
  void grpcOverTls() throws Exception {
    String[] address = managed.authority().split(":", 2);
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress(
                address[0],
                Integer.parseInt(address[1]),
                TlsChannelCredentials.newBuilder().trustManager(trust().getTrustManagers()).build())
            .build();
    try {
      List<String> texts = new ArrayList<>();
      InferenceServiceGrpc.newBlockingStub(channel)
          .chat(CALL)
          .forEachRemaining(piece -> texts.add(piece.getText()));
      assertThat(String.join("", texts)).isEqualTo("Hello there");
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void grpcWithoutTlsIsRefused() {
    ManagedChannel plain =
        Grpc.newChannelBuilder(managed.authority(), InsecureChannelCredentials.create()).build();
    try {
      assertThatThrownBy(
              () ->
                  InferenceServiceGrpc.newBlockingStub(plain)
                      .withDeadlineAfter(10, TimeUnit.SECONDS)
                      .chat(CALL)
                      .hasNext())
          .isInstanceOfSatisfying(
              StatusRuntimeException.class,
              refused ->
                  assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE));
      assertThat(FakeGenerator.REQUESTS).isEmpty();
    } finally {
      plain.shutdownNow();
    }
  }

  @Test
  void http2WithoutTls() throws Exception {
    try (HttpClient client = client()) {
      HttpResponse<String> response = client.send(post(base, GOOD), BodyHandlers.ofString());
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(response.statusCode()).isEqualTo(200);
    }
  }

  @Test
  void manyStreamsOfOneConnectionDoNotMix() throws Exception {
    FakeGenerator.script =
        (request, call) ->
            FakeGenerator.say("seed " + request.getSampling().getSeed()).run(request, call);
    try (HttpClient client = client()) {
      List<java.util.concurrent.CompletableFuture<HttpResponse<String>>> answers =
          IntStream.range(0, 50)
              .mapToObj(
                  i ->
                      client.sendAsync(
                          post(secure, STREAM.replace("{\"stream", "{\"seed\":" + i + ",\"stream")),
                          BodyHandlers.ofString()))
              .toList();
      for (int i = 0; i < answers.size(); i++) {
        assertThat(answers.get(i).get(20, TimeUnit.SECONDS).body())
            .contains("\"seed " + i + "\"")
            .endsWith("data: [DONE]\n\n");
      }
    }
  }

  @Test
  void aStreamThatItsClientResetsIsCancelledAndTheConnectionServesOn() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    FakeGenerator.onCancel = cancelled::countDown;
    FakeGenerator.script =
        (request, call) -> {
          call.onNext(FakeGenerator.accepted(request));
          call.onNext(FakeGenerator.delta(0, "endless"));
        };
    try (HttpClient client = client()) {
      HttpResponse<InputStream> stream =
          client.send(post(secure, STREAM), BodyHandlers.ofInputStream());
      assertThat(stream.body().read()).isEqualTo('d');
      stream.body().close();
      assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();

      FakeGenerator.script = FakeGenerator.say("again");
      assertThat(client.send(post(secure, GOOD), BodyHandlers.ofString()).body()).contains("again");
    }
  }

  private static HttpRequest post(URI to, String body) {
    return Http.request(to, CHAT).POST(BodyPublishers.ofString(body)).build();
  }

  private static HttpClient client() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust().getTrustManagers(), null);
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).sslContext(context).build();
  }

  private static TrustManagerFactory trust() throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keyStore());
    return trust;
  }

  /** With one key pair and its own certificate, made by the JDK's keytool the first time. */
  private static KeyStore keyStore() throws Exception {
    Path file = FOLDER.resolve("store.p12");
    if (!Files.exists(file)) {
      Files.createDirectories(FOLDER);
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-alias",
                  "weft",
                  "-keyalg",
                  "EC",
                  "-groupname",
                  "secp256r1",
                  "-dname",
                  "CN=localhost",
                  "-ext",
                  "san=dns:localhost,ip:127.0.0.1",
                  "-keystore",
                  file.toString(),
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  new String(PASSWORD))
              .inheritIO()
              .start();
      assertThat(keytool.waitFor()).isZero();
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return keyAndTrust(store);
  }

  /** The certificate is trusted too. */
  private static KeyStore keyAndTrust(KeyStore store) throws Exception {
    store.setCertificateEntry("trusted", store.getCertificate("weft"));
    return store;
  }

  private static Path pem(String kind, byte[] bytes) throws Exception {
    return Files.writeString(
        FOLDER.resolve(kind.replace(' ', '-') + ".pem"),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(kind, Base64.getMimeEncoder().encodeToString(bytes), kind));
  }
}
