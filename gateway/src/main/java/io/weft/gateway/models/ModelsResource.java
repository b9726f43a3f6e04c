package io.weft.gateway.models;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import io.weft.gateway.backend.ModelDescription;
import io.weft.gateway.http.Exchanges;
import io.weft.runtime.error.WeftException;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;

/** {@code GET /v1/models} and {@code GET /v1/models/{name}}. */
@Path("/v1/models")
@Singleton
@RunOnVirtualThread
public final class ModelsResource {
  private final ModelCatalog catalog;
  private final Exchanges exchanges;

  ModelsResource(ModelCatalog catalog, Exchanges exchanges) {
    this.catalog = catalog;
    this.exchanges = exchanges;
  }

  /**
   * A model in OpenAI's shape, and what clients of this server want to know beside it.
   *
   * @param object {@code model}
   * @param created when the model folder was made, seconds since 1970-01-01 UTC
   * @param ownedBy {@code weft}
   * @param maxModelLen longest sequence, prompt and output together, in tokens
   * @param family {@code encoder}, {@code decoder} or {@code encoder-decoder}
   * @param tasks what it can be asked for: {@code generate}, {@code embed}, ...
   * @param dtype number format of its weights
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record ModelObject(
      String id,
      String object,
      long created,
      String ownedBy,
      int maxModelLen,
      String family,
      List<String> tasks,
      String dtype) {
    static ModelObject of(ModelDescription model) {
      return new ModelObject(
          model.name(),
          "model",
          model.createdUnixS(),
          "weft",
          model.contextLength(),
          model.family(),
          model.tasks(),
          model.dtype());
    }
  }

  /**
   * The list of models.
   *
   * @param object {@code list}
   * @param data by name
   */
  public record ModelList(String object, List<ModelObject> data) {}

  /** All models. */
  @GET
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = ModelList.class)))
  public Response list(@Context RoutingContext routing) {
    return exchanges.answer(
        routing,
        "/v1/models",
        _ -> json(new ModelList("list", catalog.all().stream().map(ModelObject::of).toList())));
  }

  /** One model. */
  @GET
  @Path("{name:.+}")
  @APIResponse(
      responseCode = "200",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = ModelObject.class)))
  public Response get(@Context RoutingContext routing, @PathParam("name") String name) {
    return exchanges.answer(
        routing,
        "/v1/models/{name}",
        _ -> {
          List<ModelDescription> all = catalog.all();
          return all.stream()
              .filter(model -> model.name().equals(name))
              .findFirst()
              .map(model -> json(ModelObject.of(model)))
              .orElseThrow(
                  () ->
                      WeftException.NotFound.model(
                          name, all.stream().map(ModelDescription::name).toList()));
        });
  }

  private static Response json(Object entity) {
    return Response.ok(entity, MediaType.APPLICATION_JSON_TYPE).build();
  }
}
