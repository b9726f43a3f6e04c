package io.weft.importer.download.hub;

import io.weft.importer.error.ImportException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the hub is reached, from the environment variables that Hugging Face's own library reads, and
 * one more.
 *
 * @param endpoint {@code HF_ENDPOINT}, default {@code https://huggingface.co}: https, or http on
 *     this machine; without a slash at its end
 * @param token {@code HF_TOKEN}, sent to the endpoint and nowhere else; null sends none
 * @param offline {@code HF_HUB_OFFLINE} ({@code 1}, {@code true}, {@code yes}, {@code on}): use
 *     only what was downloaded before
 * @param hosts to which the endpoint may redirect, lower case; {@code *.x} stands for all hosts
 *     below x. Those of {@code WEFT_HF_HOSTS}, separated by commas, come to the hub's own
 */
public record HubConfig(URI endpoint, @Nullable String token, boolean offline, List<String> hosts) {
  private static final Set<String> YES = Set.of("1", "true", "yes", "on");
  private static final List<String> HUB_HOSTS =
      List.of("huggingface.co", "*.huggingface.co", "*.hf.co");

  public HubConfig {
    hosts = List.copyOf(hosts);
  }

  /**
   * Reads the environment.
   *
   * @throws ImportException when a variable has no usable value; a token is never shown
   */
  public static HubConfig of(Map<String, String> environment) {
    return new HubConfig(
        endpoint(environment.getOrDefault("HF_ENDPOINT", "")),
        token(environment.getOrDefault("HF_TOKEN", "").strip()),
        YES.contains(
            environment.getOrDefault("HF_HUB_OFFLINE", "").strip().toLowerCase(Locale.ROOT)),
        hosts(environment.getOrDefault("WEFT_HF_HOSTS", "")));
  }

  private static URI endpoint(String value) {
    String text = value.isBlank() ? "https://huggingface.co" : value.strip().replaceAll("/+$", "");
    URI endpoint;
    try {
      endpoint = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new ImportException("HF_ENDPOINT is '%s', which is no address".formatted(text), e);
    }
    if (endpoint.getHost() == null
        || endpoint.getRawUserInfo() != null
        || endpoint.getRawQuery() != null
        || endpoint.getRawFragment() != null
        || !(isHttps(endpoint) || isLoopbackHttp(endpoint))) {
      throw new ImportException(
          "HF_ENDPOINT is '%s'; it must begin with https://, or with http:// on this machine"
              .formatted(text));
    }
    return endpoint;
  }

  private static @Nullable String token(String value) {
    if (value.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new ImportException("HF_TOKEN has a character that no token has");
    }
    return value.isEmpty() ? null : value;
  }

  private static List<String> hosts(String value) {
    List<String> further =
        Arrays.stream(value.split(","))
            .map(host -> host.strip().toLowerCase(Locale.ROOT))
            .filter(host -> !host.isEmpty())
            .toList();
    for (String host : further) {
      if (!host.matches("(\\*\\.)?[a-z0-9-]+(\\.[a-z0-9-]+)*")) {
        throw new ImportException(
            "WEFT_HF_HOSTS names '%s'; a host is like cdn.example.org or *.example.org"
                .formatted(host));
      }
    }
    return java.util.stream.Stream.concat(HUB_HOSTS.stream(), further.stream()).toList();
  }

  /** Whether the token may go to {@code address}: the endpoint's own scheme, host and port. */
  boolean isEndpoint(URI address) {
    return address.getScheme().equalsIgnoreCase(endpoint.getScheme())
        && host(address).equals(host(endpoint))
        && port(address) == port(endpoint);
  }

  /**
   * Refuses an address that the endpoint may not send us to: any but the endpoint itself, https on
   * one of {@link #hosts}, and, where the endpoint is http on this machine, other such addresses.
   */
  void checkRedirect(URI address) {
    String host = host(address);
    boolean known = hosts.stream().anyMatch(pattern -> matches(pattern, host));
    if (isHttps(address) && known) {
      return;
    }
    if (address.getScheme() != null && !host.isEmpty() && isEndpoint(address)) {
      return;
    }
    if (isLoopbackHttp(endpoint) && isLoopbackHttp(address)) {
      return;
    }
    throw new ImportException(
        ("the hub redirects to %s://%s, which is refused: allowed are %s and https on %s"
                + " (WEFT_HF_HOSTS adds hosts)")
            .formatted(address.getScheme(), host, endpoint, String.join(", ", hosts)));
  }

  private static boolean matches(String pattern, String host) {
    return pattern.startsWith("*.") ? host.endsWith(pattern.substring(1)) : host.equals(pattern);
  }

  private static boolean isHttps(URI address) {
    return "https".equalsIgnoreCase(address.getScheme());
  }

  private static boolean isLoopbackHttp(URI address) {
    String host = host(address);
    return "http".equalsIgnoreCase(address.getScheme())
        && (host.equals("localhost") || host.equals("[::1]") || isLoopbackV4(host));
  }

  private static boolean isLoopbackV4(String host) {
    return host.matches("127(\\.\\d{1,3}){3}");
  }

  private static String host(URI address) {
    return address.getHost() == null ? "" : address.getHost().toLowerCase(Locale.ROOT);
  }

  private static int port(URI address) {
    if (address.getPort() >= 0) {
      return address.getPort();
    }
    return isHttps(address) ? 443 : 80;
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "HubConfig[endpoint=%s, offline=%s, hosts=%s]".formatted(endpoint, offline, hosts);
  }
}
