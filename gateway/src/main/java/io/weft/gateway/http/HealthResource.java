package io.weft.gateway.http;

import io.smallrye.common.annotation.NonBlocking;
import io.weft.gateway.backend.Backend;
import io.weft.gateway.backend.Backends;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code GET /health} on the API's own port: 200 when requests can be served, else 503. */
@Path("/health")
@Singleton
@NonBlocking
public final class HealthResource {
  private final Backends backends;
  private final BackendsReadiness readiness;

  HealthResource(Backends backends, @Readiness BackendsReadiness readiness) {
    this.backends = backends;
    this.readiness = readiness;
  }

  /**
   * The answer.
   *
   * @param status {@code ok} or {@code unavailable}
   * @param backends what is known of each backend, by its name
   */
  public record Health(String status, Map<String, String> backends) {}

  /** Whether requests can be served now. */
  @GET
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Health.class)))
  public Response get() {
    Map<String, String> states = new TreeMap<>();
    for (Backend backend : Backend.values()) {
      states.put(backend.toString(), BackendsReadiness.describe(backends.state(backend)));
    }
    boolean ready = readiness.isReady();
    return Response.status(ready ? 200 : 503)
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(new Health(ready ? "ok" : "unavailable", states))
        .build();
  }
}
