package io.weft.gateway.embeddings;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.Inputs;
import io.weft.gateway.models.Model;
import io.weft.gateway.models.ModelCatalog;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;

/** {@code POST /v1/embeddings}. */
@Path(EmbeddingsResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class EmbeddingsResource {
  static final String ROUTE = "/v1/embeddings";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;

  EmbeddingsResource(
      Exchanges exchanges, ModelCatalog catalog, TokenizerClient tokenizer, EncoderClient encoder) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /** Embeds one or several inputs; one that cannot be embedded fails the request. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  public Response embed(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing,
        ROUTE,
        exchange -> answer(EmbeddingRequestReader.read(exchanges.body(exchange, body))));
  }

  private Response answer(EmbeddingRequest request) {
    Model model = catalog.embedder(request.model());
    List<TokenIds> sequences = request.inputs().encode(tokenizer, model.name());
    checkLengths(request.inputs(), sequences, model);
    List<float[]> vectors =
        encoder.embed(model.name(), sequences, request.dimensions(), request.inputs());
    int tokens = sequences.stream().mapToInt(TokenIds::size).sum();
    return Response.ok(
            Embeddings.of(model.name(), vectors, request.base64(), tokens),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }

  private static void checkLengths(Inputs inputs, List<TokenIds> sequences, Model model) {
    for (int i = 0; i < sequences.size(); i++) {
      int tokens = sequences.get(i).size();
      if (tokens > model.contextLength()) {
        throw new WeftException.InvalidRequest(
            "CONTEXT_LENGTH_EXCEEDED",
            "%s: %,d tokens > %,d, the model's context"
                .formatted(inputs.name(i), tokens, model.contextLength()),
            inputs.name(i));
      }
    }
  }
}
