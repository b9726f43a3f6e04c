package io.weft.gateway.error;

import jakarta.inject.Singleton;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.lang.annotation.Annotation;
import java.util.regex.Pattern;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/**
 * Which methods the routes have, for answers that tell them. RESTEasy knows them by the beginning
 * of a path only: it would answer OPTIONS of any path, and with methods that most do not have.
 */
@Singleton
public final class Routes {
  private static final Pattern READ = Pattern.compile("/?(v1/models(/.*)?|health|info)/?");

  private static final Pattern SENT =
      Pattern.compile(
          "/?(v1/(attentions|chat/completions|classify|completions|embeddings|fill-mask|hidden-states"
              + "|question-answering|rerank|responses|score|token-classification"
              + "|zero-shot-classification)"
              + "|decode|detokenize|embed|embed_all|embed_sparse|predict|rerank|similarity|tokenize)/?");

  /** The methods of a path as the header Allow has them; null when it is no route. */
  static @Nullable String methods(String path) {
    if (READ.matcher(path).matches()) {
      return "GET, HEAD, OPTIONS";
    }
    return SENT.matcher(path).matches() ? "POST, OPTIONS" : null;
  }

  /** Corrects what RESTEasy answers to OPTIONS. */
  @ServerResponseFilter
  public void options(ContainerRequestContext request, ContainerResponseContext response) {
    if (!request.getMethod().equals(HttpMethod.OPTIONS)) {
      return;
    }
    String methods = methods(request.getUriInfo().getPath());
    if (methods != null) {
      response.getHeaders().putSingle(HttpHeaders.ALLOW, methods);
      return;
    }
    response.getHeaders().remove(HttpHeaders.ALLOW);
    response.setStatus(404);
    response.setEntity(
        ErrorResponses.body(404, "no such route", "unknown_url"),
        new Annotation[0],
        MediaType.APPLICATION_JSON_TYPE);
  }
}
