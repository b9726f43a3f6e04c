package io.weft.importer.download.hub;

import io.weft.importer.error.ImportException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;

/**
 * Asks the hub. Redirects are followed by hand: only to addresses that {@link HubConfig} allows,
 * and without the token unless they are the endpoint itself. One attempt a call; {@link Retries}
 * makes further ones.
 */
final class HubClient implements AutoCloseable {
  private static final int MAX_REDIRECTS = 5;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final HubConfig config;
  private final Timeouts timeouts;
  private final HttpClient http;

  HubClient(HubConfig config, Timeouts timeouts) {
    this.config = config;
    this.timeouts = timeouts;
    // Version 1.1, so that files which are fetched at once do not share one connection's window.
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeouts.connect())
            .build();
  }

  /** The hub's metadata of a revision, at most {@link HubListing#MAX_BYTES}. */
  byte[] metadata(HubSource source) throws IOException {
    URI address =
        URI.create(
            "%s/api/models/%s/revision/%s?blobs=true"
                .formatted(
                    config.endpoint(),
                    source.repository(),
                    URLEncoder.encode(source.revision(), StandardCharsets.UTF_8)));
    HttpResponse<InputStream> response = get(address, 0);
    try (StallGuard body = new StallGuard(response.body(), timeouts.stall())) {
      if (response.statusCode() != 200) {
        throw Refusals.ofRevision(source, config, response, () -> exists(source));
      }
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      byte[] buffer = new byte[1 << 14];
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        answer.write(buffer, 0, n);
        if (answer.size() > HubListing.MAX_BYTES) {
          throw new ImportException(
              "the hub's metadata of %s has more than %,d bytes"
                  .formatted(source.repository(), HubListing.MAX_BYTES));
        }
      }
      return answer.toByteArray();
    }
  }

  private boolean exists(HubSource source) throws IOException {
    HttpResponse<InputStream> response =
        get(URI.create(config.endpoint() + "/api/models/" + source.repository()), 0);
    response.body().close();
    return response.statusCode() == 200;
  }

  /**
   * The content of a file from byte {@code from} on.
   *
   * @return an answer with status 200 (the whole file) or 206; its body is the caller's to close
   */
  HttpResponse<InputStream> content(HubSource source, String commit, String name, long from)
      throws IOException {
    HttpResponse<InputStream> response = get(fileAddress(source, commit, name), from);
    int status = response.statusCode();
    if (status != 200 && status != 206) {
      response.body().close();
      throw Refusals.ofFile(source, config, name, response);
    }
    return response;
  }

  Timeouts timeouts() {
    return timeouts;
  }

  private URI fileAddress(HubSource source, String commit, String name) {
    URI endpoint = config.endpoint();
    String path = "/%s/resolve/%s/%s".formatted(source.repository(), commit, name);
    try {
      String encoded = new URI(null, null, path, null).toASCIIString();
      return URI.create(endpoint + encoded);
    } catch (URISyntaxException e) {
      throw new ImportException("'%s' makes no address".formatted(path), e);
    }
  }

  private HttpResponse<InputStream> get(URI start, long from) throws IOException {
    URI address = start;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpResponse<InputStream> response = send(address, from);
      if (!REDIRECTS.contains(response.statusCode())) {
        return response;
      }
      response.body().close();
      address = target(address, response.headers().firstValue("Location").orElse(""));
    }
    throw new ImportException(
        "%s redirects more than %d times".formatted(start.getPath(), MAX_REDIRECTS));
  }

  private URI target(URI from, String location) {
    URI target;
    try {
      target = from.resolve(new URI(location));
    } catch (URISyntaxException e) {
      throw new ImportException("the hub redirects to '%s', no address".formatted(location), e);
    }
    if (location.isEmpty()) {
      throw new ImportException("the hub redirects without saying where to");
    }
    config.checkRedirect(target);
    return target;
  }

  private HttpResponse<InputStream> send(URI address, long from) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(timeouts.answer())
            .header("User-Agent", "weft-importer");
    if (from > 0) {
      request.header("Range", "bytes=" + from + "-");
    }
    String token = config.token();
    if (token != null && config.isEndpoint(address)) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      return http.send(request.build(), BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ImportException("interrupted", e);
    } catch (SSLHandshakeException e) {
      throw new ImportException(
          "cannot trust %s: %s".formatted(address.getHost(), e.getMessage()), e);
    } catch (HttpConnectTimeoutException | ConnectException e) {
      throw new TransientFailure("cannot connect to " + address.getAuthority());
    } catch (HttpTimeoutException e) {
      throw new TransientFailure(
          "%s did not answer within %,d ms"
              .formatted(address.getAuthority(), timeouts.answer().toMillis()));
    } catch (IOException e) {
      throw new TransientFailure("the connection was cut (%s)".formatted(e.getMessage()));
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
