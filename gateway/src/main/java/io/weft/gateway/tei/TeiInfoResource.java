package io.weft.gateway.tei;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.GatewayConfig;
import io.weft.gateway.models.Model;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jspecify.annotations.Nullable;

/** {@code GET /info}, of the only encoder or of the one that the parameter {@code model} names. */
@Path("/info")
@Singleton
@RunOnVirtualThread
public final class TeiInfoResource {
  private final TeiAnswers answers;
  private final TeiModels models;
  private final int maxRequests;
  private final String version;

  TeiInfoResource(
      TeiAnswers answers,
      TeiModels models,
      GatewayConfig config,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    this.answers = answers;
    this.models = models;
    this.maxRequests = config.maxRequests();
    this.version = version;
  }

  /**
   * What the server has.
   *
   * @param modelId the model's name
   * @param modelDtype number format of its weights
   * @param modelType {@code embedding}, {@code classifier} or {@code reranker} and what it has
   * @param maxConcurrentRequests requests open at once
   * @param maxInputLength longest sequence in tokens
   * @param maxClientBatchSize most texts of one request
   * @param autoTruncate whether long texts are cut unless a request says otherwise: never
   * @param version of this server
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record ServerInfo(
      String modelId,
      String modelDtype,
      Map<String, Object> modelType,
      int maxConcurrentRequests,
      int maxInputLength,
      int maxClientBatchSize,
      boolean autoTruncate,
      String version) {}

  /** The labels of a model, by index and by name. */
  record Labels(Map<String, String> id2label, Map<String, Integer> label2id) {
    static Labels of(Model model) {
      Map<String, Integer> ids = new TreeMap<>();
      IntStream.range(0, model.labels().size()).forEach(i -> ids.put(model.labels().get(i), i));
      return new Labels(
          IntStream.range(0, model.labels().size())
              .boxed()
              .collect(Collectors.toMap(String::valueOf, model.labels()::get)),
          ids);
    }
  }

  /** The answer. */
  @GET
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = ServerInfo.class)))
  public Response info(
      @Context RoutingContext routing, @QueryParam("model") @Nullable String model) {
    return answers.answer(
        routing, "/info", InputStream.nullInputStream(), _ -> info(models.any(model)));
  }

  private ServerInfo info(Model model) {
    return new ServerInfo(
        model.name(),
        model.dtype(),
        type(model),
        maxRequests,
        model.contextLength(),
        TeiFields.MAX_INPUTS,
        false,
        version);
  }

  private static Map<String, Object> type(Model model) {
    if (model.isReranker()) {
      return Map.of("reranker", Labels.of(model));
    }
    return model.tasks().contains("embed")
        ? Map.of("embedding", Map.of("pooling", model.pooling()))
        : Map.of("classifier", Labels.of(model));
  }
}
