package io.weft.runtime.tls;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Mutual TLS between services, the same for all of them: see docs/security.md. */
@ConfigMapping(prefix = "weft.mtls")
public interface MtlsConfig {
  /**
   * The switch: the folder of this service's {@code tls.crt} (its certificate and those between it
   * and the CA's), {@code tls.key} (PKCS #8) and {@code ca.crt} (whose certificates it trusts), all
   * PEM. Absent: services talk without TLS.
   */
  Optional<Path> folder();

  /** How often the folder is looked at for replaced files, 100 ms to 1 day. */
  @WithDefault("5s")
  Duration reload();

  /**
   * Which services may call this one, by the names in their certificates: {@code gateway}, or
   * {@code generator/GetVocabulary} for one RPC only. Absent: this one is not for services, and its
   * gRPC port is none of mutual TLS.
   */
  Optional<List<String>> callers();
}
