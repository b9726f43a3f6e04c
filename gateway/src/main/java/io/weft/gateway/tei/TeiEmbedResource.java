package io.weft.gateway.tei;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.EncodedText;
import io.weft.gateway.backend.EncoderClient;
import io.weft.gateway.backend.SequenceLength;
import io.weft.gateway.backend.TokenStates;
import io.weft.gateway.backend.TokenizerClient;
import io.weft.gateway.input.Names;
import io.weft.gateway.models.Model;
import io.weft.gateway.rerank.PairScorer;
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
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code /embed}, {@code /embed_all}, {@code /embed_sparse} and {@code /similarity}. */
@Path("/")
@Singleton
@RunOnVirtualThread
@Consumes(MediaType.APPLICATION_JSON)
public final class TeiEmbedResource {
  private final TeiAnswers answers;
  private final TeiModels models;
  private final TokenizerClient tokenizer;
  private final EncoderClient encoder;
  private final PairScorer scorer;

  TeiEmbedResource(
      TeiAnswers answers,
      TeiModels models,
      TokenizerClient tokenizer,
      EncoderClient encoder,
      PairScorer scorer) {
    this.answers = answers;
    this.models = models;
    this.tokenizer = tokenizer;
    this.encoder = encoder;
    this.scorer = scorer;
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
    Model model = models.embedder(request.fields().model());
    return encoder
        .embed(model.name(), sequences(request, model), request.options(), request.inputs())
        .floats();
  }

  private List<float[][]> embedAll(TeiEmbedRequest request) {
    Model model = models.embedder(request.fields().model());
    return encoder.hiddenStates(model.name(), sequences(request, model), request.inputs()).stream()
        .map(TokenStates::lastHiddenState)
        .toList();
  }

  private static Object refuseSparse() {
    throw new WeftException.Unsupported(
        "MODEL_LACKS_TASK", "no loaded model can make sparse vectors", Map.of("param", "model"));
  }

  private List<Float> similarity(TeiSimilarityRequest request) {
    Model model = models.embedder(request.fields().model());
    return scorer
        .score(
            model, request.pairs(), request.fields().cut(), false, Names.list("inputs.sentences"))
        .scores();
  }

  private List<EncodedText> sequences(TeiEmbedRequest request, Model model) {
    List<EncodedText> sequences =
        request.inputs().sequences(tokenizer, model.name(), request.fields().cut());
    SequenceLength.check(sequences, model.contextLength(), request.inputs());
    return sequences;
  }
}
