package io.weft.runtime.tls;

import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;

/**
 * What a service shows and whom it trusts, as one reading of its folder found it.
 *
 * @param chain its certificate, and those between it and the CA's
 * @param key of the first of them
 * @param authorities the CA's certificates
 */
record Credentials(List<X509Certificate> chain, PrivateKey key, List<X509Certificate> authorities) {
  Credentials {
    chain = List.copyOf(chain);
    authorities = List.copyOf(authorities);
  }

  /**
   * The files' contents, by which a change is seen.
   *
   * @param certificate of {@code tls.crt}
   * @param key of {@code tls.key}
   * @param authorities of {@code ca.crt}
   */
  @SuppressWarnings("ArrayRecordComponent") // Compared by equalTo.
  record PemFiles(byte[] certificate, byte[] key, byte[] authorities) {
    static PemFiles read(Path folder) throws IOException {
      return new PemFiles(
          Files.readAllBytes(folder.resolve("tls.crt")),
          Files.readAllBytes(folder.resolve("tls.key")),
          Files.readAllBytes(folder.resolve("ca.crt")));
    }

    boolean equalTo(PemFiles other) {
      return Arrays.equals(certificate, other.certificate)
          && Arrays.equals(key, other.key)
          && Arrays.equals(authorities, other.authorities);
    }
  }

  /**
   * Makes sense of the files.
   *
   * @throws GeneralSecurityException when they are no PEM, do not belong together, or the
   *     certificate names no service
   */
  static Credentials of(PemFiles files) throws GeneralSecurityException, IOException {
    X509Certificate[] chain =
        CertificateUtils.getX509Certificates(new ByteArrayInputStream(files.certificate()));
    X509Certificate[] authorities =
        CertificateUtils.getX509Certificates(new ByteArrayInputStream(files.authorities()));
    if (chain.length == 0 || authorities.length == 0) {
      throw new CertificateException(
          (chain.length == 0 ? "tls.crt" : "ca.crt") + " holds no certificate");
    }
    PrivateKey key = CertificateUtils.getPrivateKey(new ByteArrayInputStream(files.key()));
    Identity.of(chain[0]);
    checkPair(chain[0], key);
    return new Credentials(List.of(chain), key, List.of(authorities));
  }

  /** So that files that are replaced one after the other are not taken in between. */
  private static void checkPair(X509Certificate certificate, PrivateKey key)
      throws GeneralSecurityException {
    Signature signature =
        Signature.getInstance(
            switch (key.getAlgorithm()) {
              case "RSA" -> "SHA256withRSA";
              case "EC" -> "SHA256withECDSA";
              default -> key.getAlgorithm();
            });
    byte[] word = {1, 2, 3};
    signature.initSign(key);
    signature.update(word);
    byte[] signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(word);
    if (!signature.verify(signed)) {
      throw new CertificateException("tls.key is not the key of tls.crt");
    }
  }
}
