package io.weft.gateway.tei;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.input.Names;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code /embed}, {@code /embed_all}, {@code /embed_sparse} and {@code /similarity}. */
@Path("/")
@Singleton
@RunOnVirtualThread
@Consumes(MediaType.APPLICATION_JSON)
public final class TeiEmbedResource {
  private final TeiAnswers answers;
  private final TeiTasks tasks;

  TeiEmbedResource(TeiAnswers answers, TeiTasks tasks) {
    this.answers = answers;
    this.tasks = tasks;
  }

  /** One vector an input: {@code [[...], ...]}, also for a single one. */
  @POST
  @Path("embed")
  @RequestBody(ref = "TeiEmbedRequest")
  @APIResponse(responseCode = "200", ref = "Matrix")
  public Response embed(@Context RoutingContext routing, InputStream body) {
    return answers.answer(routing, "/embed", body, in -> embed(TeiEmbedRequest.read(in)));
  }

  /** One vector a token of each input: {@code [[[...], ...], ...]}. */
  @POST
  @Path("embed_all")
  @RequestBody(ref = "TeiEmbedRequest")
  @APIResponse(responseCode = "200", ref = "Matrices")
  public Response embedAll(@Context RoutingContext routing, InputStream body) {
    return answers.answer(routing, "/embed_all", body, in -> embedAll(TeiEmbedRequest.read(in)));
  }

  /** Refused: no model here makes sparse vectors. */
  @POST
  @Path("embed_sparse")
  @RequestBody(ref = "TeiEmbedRequest")
  @APIResponse(responseCode = "200", ref = "Matrix")
  public Response embedSparse(@Context RoutingContext routing, InputStream body) {
    return answers.answer(routing, "/embed_sparse", body, _ -> refuseSparse());
  }

  /** How near each sentence is to the source: cosines, in the order of the sentences. */
  @POST
  @Path("similarity")
  @RequestBody(ref = "TeiSimilarityRequest")
  @APIResponse(responseCode = "200", ref = "Numbers")
  public Response similarity(@Context RoutingContext routing, InputStream body) {
    return answers.answer(
        routing, "/similarity", body, in -> similarity(TeiSimilarityRequest.read(in)));
  }

  private List<float[]> embed(TeiEmbedRequest request) {
    TeiFields fields = request.fields();
    return tasks.embed(fields.model(), request.inputs(), fields.cut(), request.options()).value();
  }

  private List<float[][]> embedAll(TeiEmbedRequest request) {
    TeiFields fields = request.fields();
    return tasks.embedAll(fields.model(), request.inputs(), fields.cut()).value();
  }

  private static Object refuseSparse() {
    throw TeiTasks.noSparse();
  }

  private List<Float> similarity(TeiSimilarityRequest request) {
    TeiFields fields = request.fields();
    return tasks.similarity(
        fields.model(), request.pairs(), fields.cut(), Names.list("inputs.sentences"));
  }
}
