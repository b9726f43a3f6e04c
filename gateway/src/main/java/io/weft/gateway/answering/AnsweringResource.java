package io.weft.gateway.answering;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodedBatch;
import io.weft.gateway.backend.ItemNames;
import io.weft.gateway.backend.ItemOutcome;
import io.weft.gateway.http.Exchanges;
import io.weft.gateway.input.InputUsage;
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
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code POST /v1/question-answering}. */
@Path(AnsweringResource.ROUTE)
@Singleton
@RunOnVirtualThread
public final class AnsweringResource {
  static final String ROUTE = "/v1/question-answering";

  private final Exchanges exchanges;
  private final ModelCatalog catalog;
  private final Answerer answerer;

  AnsweringResource(Exchanges exchanges, ModelCatalog catalog, Answerer answerer) {
    this.exchanges = exchanges;
    this.catalog = catalog;
    this.answerer = answerer;
  }

  /** Finds answers in passages of any length; a bad question or passage fails the request. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @RequestBody(ref = "AnsweringRequest")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Answers.class)))
  public Response answer(@Context RoutingContext routing, InputStream body) {
    return exchanges.answer(
        routing, ROUTE, exchange -> answer(AnsweringRequest.read(exchanges.body(exchange, body))));
  }

  private Response answer(AnsweringRequest request) {
    Model model = catalog.encoder(request.model(), "answer_spans");
    ItemNames names = request.names();
    EncodedBatch.Answer<Answerer.Found> answer =
        answerer.answers(model, request.pairs(), request.options(), request.windows(), names);
    List<Answers.Item> data = new ArrayList<>();
    for (Answerer.Found found : ItemOutcome.values(answer.outcomes(), names)) {
      data.add(new Answers.Item(data.size(), "answers", found.answers(), found.noAnswerScore()));
    }
    return Response.ok(
            new Answers("list", model.name(), data, InputUsage.of(answer.tokens())),
            MediaType.APPLICATION_JSON_TYPE)
        .build();
  }
}
