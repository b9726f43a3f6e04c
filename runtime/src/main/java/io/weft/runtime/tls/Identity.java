package io.weft.runtime.tls;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;

/**
 * Which service a certificate names: by one URI among its subject alternative names, {@code
 * spiffe://weft/NAME} (SPIFFE's form of an identity). Host names do not matter, so that a replica
 * may be reached by any address.
 */
final class Identity {
  private static final String PREFIX = "spiffe://weft/";

  /** GeneralName of RFC 5280: uniformResourceIdentifier. */
  private static final Integer URI = 6;

  private Identity() {}

  /**
   * The service's name.
   *
   * @throws CertificateException when the certificate names none, or several
   */
  static String of(X509Certificate certificate) throws CertificateException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    List<String> services =
        names == null
            ? List.of()
            : names.stream()
                .filter(name -> URI.equals(name.get(0)))
                .map(name -> String.valueOf(name.get(1)))
                .filter(uri -> uri.startsWith(PREFIX))
                .map(uri -> uri.substring(PREFIX.length()))
                .toList();
    if (services.size() != 1) {
      throw new CertificateException(
          "the certificate names %,d services by %sNAME, it must name 1"
              .formatted(services.size(), PREFIX));
    }
    return services.getFirst();
  }
}
