package io.weft.runtime.tls;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.AdvancedTlsX509TrustManager.SslSocketAndEnginePeerVerifier;
import io.grpc.util.AdvancedTlsX509TrustManager.Verification;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.weft.runtime.tls.Credentials.PemFiles;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jboss.logging.Logger;

/**
 * This service's side of mutual TLS. Its folder is read again when files in it change; new
 * connections then use what is there, open ones stay. While the files make no sense those before
 * them stay, and the log says why.
 *
 * <p>Thread-safe. One thread of its own looks at the folder until {@link #close}.
 */
final class Mtls implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Mtls.class);
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private final Path folder;
  private final Duration interval;
  private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
  private final List<AdvancedTlsX509TrustManager> trusts = new CopyOnWriteArrayList<>();
  private final Thread watch =
      Thread.ofPlatform().daemon().name("watch-certificates").unstarted(this::watch);

  /** Of the watching thread, once that runs. */
  private PemFiles files;

  private String problem = "";
  private volatile Credentials credentials;

  private Mtls(Path folder, Duration interval, PemFiles files, Credentials credentials)
      throws GeneralSecurityException, IOException {
    this.folder = folder;
    this.interval = interval;
    this.files = files;
    this.credentials = credentials;
    use(credentials);
  }

  /**
   * Reads the folder, and begins to look at it again and again.
   *
   * @throws IllegalStateException when what is there cannot be used
   */
  static Mtls open(Path folder, Duration interval) {
    try {
      PemFiles files = PemFiles.read(folder);
      Mtls mtls = new Mtls(folder, interval, files, Credentials.of(files));
      mtls.watch.start();
      return mtls;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(
          "the certificates of mutual TLS in %s cannot be used: %s".formatted(folder, e), e);
    }
  }

  /** For a server: every client shows a certificate of the CA's that names a service. */
  SslContext server() throws SSLException {
    return GrpcSslContexts.configure(SslContextBuilder.forServer(keys), SslProvider.JDK)
        .trustManager(trust(new ServiceVerifier("")))
        .clientAuth(ClientAuth.REQUIRE)
        .protocols(PROTOCOLS)
        .build();
  }

  /**
   * For a client.
   *
   * @param trust made by {@link #trust}
   */
  SslContext client(AdvancedTlsX509TrustManager trust) throws SSLException {
    return GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
        .keyManager(keys)
        .trustManager(trust)
        .protocols(PROTOCOLS)
        .build();
  }

  /** Trusts servers whose certificate is the CA's and names this service. */
  AdvancedTlsX509TrustManager trust(String service) {
    return trust(new ServiceVerifier(service));
  }

  private AdvancedTlsX509TrustManager trust(ServiceVerifier verifier) {
    try {
      AdvancedTlsX509TrustManager trust =
          AdvancedTlsX509TrustManager.newBuilder()
              .setVerification(Verification.CERTIFICATE_ONLY_VERIFICATION)
              .setSslSocketAndEnginePeerVerifier(verifier)
              .build();
      trusts.add(trust);
      trust.updateTrustCredentials(authorities(credentials));
      return trust;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the CA's certificates cannot be used", e);
    }
  }

  @Override
  public void close() {
    watch.interrupt();
  }

  private void watch() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        Thread.sleep(interval);
        reload();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void reload() {
    try {
      PemFiles now = PemFiles.read(folder);
      if (!now.equalTo(files)) {
        Credentials read = Credentials.of(now);
        use(read);
        credentials = read;
        files = now;
        LOG.infof(
            "certificates read again: %s, until %s",
            Identity.of(read.chain().getFirst()), read.chain().getFirst().getNotAfter());
      }
      problem = "";
    } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
      if (!problem.equals(e.toString())) {
        problem = e.toString();
        LOG.errorf(
            "the certificates of mutual TLS in %s cannot be used, those before stay: %s",
            folder, problem);
      }
    }
  }

  private void use(Credentials now) throws GeneralSecurityException, IOException {
    for (AdvancedTlsX509TrustManager trust : trusts) {
      trust.updateTrustCredentials(authorities(now));
    }
    keys.updateIdentityCredentials(chain(now), now.key());
  }

  private static X509Certificate[] chain(Credentials credentials) {
    return credentials.chain().toArray(X509Certificate[]::new);
  }

  private static X509Certificate[] authorities(Credentials credentials) {
    return credentials.authorities().toArray(X509Certificate[]::new);
  }

  /**
   * Looks at a certificate that is the CA's and within its time.
   *
   * @param service that it must name; empty for any
   */
  private record ServiceVerifier(String service) implements SslSocketAndEnginePeerVerifier {
    @Override
    public void verifyPeerCertificate(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      verify(chain);
    }

    @Override
    public void verifyPeerCertificate(X509Certificate[] chain, String authType, SSLEngine engine)
        throws CertificateException {
      verify(chain);
    }

    private void verify(X509Certificate[] chain) throws CertificateException {
      String named = Identity.of(chain[0]);
      if (!service.isEmpty() && !service.equals(named)) {
        throw new CertificateException(
            "the certificate names the service '%s', not '%s'".formatted(named, service));
      }
    }
  }
}
