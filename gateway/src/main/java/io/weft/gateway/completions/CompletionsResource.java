package io.weft.gateway.completions;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.ChatMessage;
import io.weft.gateway.backend.GenerationRequest;
import io.weft.gateway.backend.GenerationStream;
import io.weft.gateway.backend.GeneratorClient;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.generation.EventRelay;
import io.weft.gateway.generation.PromptLimits;
import io.weft.gateway.generation.ResponseHead;
import io.weft.gateway.generation.Sequences;
import io.weft.gateway.http.EventStreams;
import io.weft.gateway.http.Exchange;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.models.Model;
import io.weft.gateway.models.ModelCatalog;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/completions}. */
@Path(CompletionsResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class CompletionsResource {
  static final String ROUTE = "/v1/completions";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;
  private final GeneratorClient generator;
  private final EventStreams streams;

  CompletionsResource(
      Exchanges exchanges,
      ModelCatalog catalog,
      TokenizerClient tokenizer,
      GeneratorClient generator,
      EventStreams streams) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
    this.generator = generator;
    this.streams = streams;
  }

  /** Continues one or several prompts. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "CompletionRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Completion.class)))
  public Response complete(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing,
        ROUTE,
        exchange -> answer(exchange, CompletionRequestReader.read(exchanges.body(exchange, body))));
  }

  private Response answer(Exchange exchange, CompletionRequest request) {
    Model model = catalog.generator(request.model());
    GenerationRequest generation =
        new GenerationRequest(
            model.name(),
            model.vocabularyHash(),
            request.prompts().encode(tokenizer, model.name()),
            exchange.tenant(),
            request.prompts().param(),
            request.options(),
            request.echo());
    PromptLimits.check(generation, model);
    List<String> echoes =
        request.echo() ? request.prompts().texts(tokenizer, model.name()) : List.of();
    GenerationStream events = generator.generate(generation);
    events.trace().input(() -> messages(request, model));
    CompletionShapes shapes =
        new CompletionShapes(ResponseHead.create("cmpl-", model), request, echoes);
    if (!request.stream()) {
      int n = request.options().n();
      Sequences sequences = Sequences.collect(events, request.choices(), n, model.name(), exchange);
      return Response.ok(shapes.whole(sequences), MediaType.APPLICATION_JSON_TYPE).build();
    }
    events.awaitAccepted();
    EventRelay relay = new EventRelay(exchange, events, model.name(), request.includeUsage());
    return streams.response(exchange, out -> relay.relay(out, shapes));
  }

  private List<ChatMessage> messages(CompletionRequest request, Model model) {
    return request.prompts().texts(tokenizer, model.name()).stream()
        .map(text -> new ChatMessage("user", text))
        .toList();
  }
}
