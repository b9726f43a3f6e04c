package io.weft.gateway.http;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.List;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.PathItem;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;

/**
 * Says in the OpenAPI document what holds for all routes, so that none has to say it: their errors,
 * and that generated text can be streamed. Runs while the gateway is built.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public final class ApiDocument implements OASFilter {
  /** OpenAI's routes, and those of others with OpenAI's errors. */
  private static final String OPENAI = "/v1/";

  private static final String ANY = "*/*";

  private static final List<String> STREAMED =
      List.of("/v1/chat/completions", "/v1/completions", "/v1/responses");

  @Override
  public void filterOpenAPI(OpenAPI document) {
    document
        .getPaths()
        .getPathItems()
        .forEach(
            (path, item) ->
                item.getOperations()
                    .forEach((method, operation) -> complete(path, method, operation)));
  }

  private static void complete(String path, PathItem.HttpMethod method, Operation operation) {
    APIResponses responses = operation.getResponses();
    Content answer = responses.getAPIResponse("200").getContent();
    if (answer != null && answer.hasMediaType(ANY)) {
      // Methods return a Response, whose type only its code knows. It is always the same.
      answer.addMediaType("application/json", answer.getMediaType(ANY));
      answer.removeMediaType(ANY);
    }
    if (path.equals("/health")) {
      operation.setSecurity(List.of());
      responses.addAPIResponse("503", responses.getAPIResponse("200"));
      return;
    }
    responses.setDefaultValue(
        OASFactory.createAPIResponse().ref(path.startsWith(OPENAI) ? "Error" : "TeiError"));
    if (answer != null && STREAMED.contains(path) && method == PathItem.HttpMethod.POST) {
      answer.addMediaType(
          "text/event-stream",
          OASFactory.createMediaType()
              .schema(OASFactory.createSchema().type(List.of(Schema.SchemaType.STRING))));
    }
  }
}
