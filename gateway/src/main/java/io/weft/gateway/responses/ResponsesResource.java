package io.weft.gateway.responses;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.GenerationStream;
import io.weft.gateway.error.ApiError;
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
import java.io.IOException;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/responses}. */
@Path(ResponsesResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class ResponsesResource {
  static final String ROUTE = "/v1/responses";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final ChatGeneration generation;
  private final EventStreams streams;

  ResponsesResource(
      Exchanges exchanges, ModelCatalog catalog, ChatGeneration generation, EventStreams streams) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.generation = generation;
    this.streams = streams;
  }

  /** Answers an input. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "ResponseRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = ResponseBody.class)))
  public Response respond(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing,
        ROUTE,
        exchange -> answer(exchange, ResponseRequestReader.read(exchanges.body(exchange, body))));
  }

  private Response answer(Exchange exchange, ResponseRequest request) {
    Model model = catalog.generator(request.model());
    ChatGeneration.Answer answer =
        generation.begin(model, request.conversation(), request.options(), exchange.tenant());
    GenerationStream events = answer.events();
    ResponseShapes shapes =
        new ResponseShapes(
            new ResponseBuilder(ResponseHead.create("resp_", model), request),
            answer.parsers().getFirst());
    if (!request.stream()) {
      Sequences sequences = Sequences.collect(events, 1, 1, model.name(), exchange);
      return Response.ok(shapes.whole(sequences), MediaType.APPLICATION_JSON_TYPE).build();
    }
    events.awaitAccepted();
    EventRelay relay = new EventRelay(exchange, events, model.name(), true);
    return streams.response(exchange, new Events(relay, shapes));
  }

  /** The events of one stream: the last of them, good or bad, is a response, and no other end. */
  private record Events(EventRelay relay, ResponseShapes shapes) implements EventStreams.Source {
    @Override
    public void writeTo(EventStreams.Events out) throws IOException {
      for (Object event : shapes.begin()) {
        out.send(event);
      }
      relay.relay(out, shapes);
    }

    @Override
    public void end(EventStreams.Events out) {}

    @Override
    public void fail(EventStreams.Events out, ApiError error) throws IOException {
      out.send(shapes.failed(error));
    }
  }
}
