package io.weft.gateway.chat;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.GenerationStream;
import io.weft.gateway.generation.EventRelay;
import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.generation.Sequences;
import io.weft.gateway.http.EventStreams;
import io.weft.gateway.http.Exchange;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.models.Model;
import io.weft.gateway.models.ModelCatalog;
import io.weft.gateway.tools.ChatGeneration;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/chat/completions}. */
@Path(ChatResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class ChatResource {
  static final String ROUTE = "/v1/chat/completions";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final ChatGeneration generation;
  private final EventStreams streams;

  ChatResource(
      Exchanges exchanges, ModelCatalog catalog, ChatGeneration generation, EventStreams streams) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.generation = generation;
    this.streams = streams;
  }

  /** Answers a conversation. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "ChatRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = ChatCompletion.class)))
  public Response complete(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing,
        ROUTE,
        exchange -> answer(exchange, ChatRequestReader.read(exchanges.body(exchange, body))));
  }

  private Response answer(Exchange exchange, ChatRequest request) {
    Model model = catalog.generator(request.model());
    ChatGeneration.Answer answer =
        generation.begin(model, request.conversation(), request.options(), exchange.tenant());
    GenerationStream events = answer.events();
    int n = request.options().n();
    ChatShapes shapes =
        new ChatShapes(ResponseHead.create("chatcmpl-", model), request, answer.parsers());
    if (!request.stream()) {
      Sequences sequences = Sequences.collect(events, n, 1, model.name(), exchange);
      return Response.ok(shapes.whole(sequences), MediaType.APPLICATION_JSON_TYPE).build();
    }
    events.awaitAccepted();
    EventRelay relay = new EventRelay(exchange, events, model.name(), request.includeUsage());
    return streams.response(
        exchange,
        out -> {
          for (int i = 0; i < n; i++) {
            out.send(shapes.role(i, relay.noUsage()));
          }
          relay.relay(out, shapes);
        });
  }
}
