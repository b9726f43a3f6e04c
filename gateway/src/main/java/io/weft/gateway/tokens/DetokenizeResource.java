package io.weft.gateway.tokens;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.TokenIds;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.generation.GenerationFields;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.Names;
import io.weft.gateway.json.Invalid;
import io.weft.gateway.json.JsonReader;
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
import org.jspecify.annotations.Nullable;

/** {@code POST /detokenize}, by vLLM's API. */
@Path(DetokenizeResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class DetokenizeResource {
  static final String ROUTE = "/detokenize";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final TokenizerClient tokenizer;

  DetokenizeResource(Exchanges exchanges, ModelCatalog catalog, TokenizerClient tokenizer) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.tokenizer = tokenizer;
  }

  /**
   * The answer.
   *
   * @param prompt the tokens' text, special tokens included
   */
  record Detokenized(String prompt) {
    /** Says only what it is: texts are never logged. */
    @Override
    public String toString() {
      return "a text";
    }
  }

  /** The text of a list of token ids. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "DetokenizeRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Detokenized.class)))
  public Response detokenize(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing, ROUTE, exchange -> answer(Request.read(exchanges.body(exchange, body))));
  }

  private Response answer(Request request) {
    Model model = catalog.tokenized(request.model());
    String text =
        tokenizer
            .decode(model.name(), List.of(request.tokens()), new Names("tokens", false))
            .getFirst();
    return Response.ok(new Detokenized(text), MediaType.APPLICATION_JSON_TYPE).build();
  }

  /**
   * A valid request.
   *
   * @param model as the client named it
   * @param tokens their ids; may be none
   */
  private record Request(String model, TokenIds tokens) {
    private static final int MAX_TOKENS = 1_048_576;

    static Request read(InputStream body) {
      Fields fields = new Fields();
      JsonReader.readBody(body, fields::take);
      return fields.request();
    }
  }

  /** Reads a body. Fields that are not known are ignored. */
  private static final class Fields {
    private @Nullable String model;
    private @Nullable TokenIds tokens;

    private void take(String name, JsonReader value) {
      switch (name) {
        case "model" -> model = GenerationFields.modelName(value);
        case "tokens" ->
            tokens =
                TokenIds.of(
                    value.list(Request.MAX_TOKENS, () -> value.integer(0, Integer.MAX_VALUE)));
        default -> value.skip();
      }
    }

    private Request request() {
      if (model == null) {
        throw Invalid.missing("model");
      }
      if (tokens == null) {
        throw Invalid.missing("tokens");
      }
      return new Request(model, tokens);
    }
  }
}
