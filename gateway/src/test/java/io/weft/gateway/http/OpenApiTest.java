package io.weft.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.gateway.Http;
import io.weft.gateway.fake.Fakes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The OpenAPI document says what the gateway does. */
@QuarkusTest
class OpenApiTest {
  private static final Path SOURCES = Path.of("src", "main", "java", "io", "weft", "gateway");
  private static final Pattern FIELDS = Pattern.compile("case ((?:\"[a-z_0-9]+\",?\\s*)+)->");
  private static final Pattern NAME = Pattern.compile("\"([a-z_0-9]+)\"");
  private static final Pattern ROUTE = Pattern.compile("Path\\(\"([^\"{]+)");

  /** Any JSON will do for it here; the generator checks it. */
  private static final Set<String> OF_ANY_TYPE = Set.of("guided_json");

  private static final Set<String> REFUSED_ROLES = Set.of("tool", "function");

  /** It refuses every request alike. */
  private static final String READS_NOTHING = "/embed_sparse";

  @TestHTTPResource URI base;

  private JsonNode document;

  @BeforeEach
  void read() {
    Fakes.reset(base);
    document = Http.json(Http.get(base, "/openapi.json").body());
  }

  @Test
  void everyRouteSaysWhatItTakesAndGives() throws IOException {
    Files.writeString(Path.of("target", "openapi.json"), document.toPrettyString());
    assertThat(operations())
        .containsKeys("POST /v1/chat/completions", "GET /v1/models/{name}", "POST /embed");
    operations()
        .forEach(
            (route, operation) -> {
              if (route.startsWith("POST ")) {
                assertThat(fields(operation)).as("fields of " + route).isNotEmpty();
              }
              JsonNode answer =
                  resolve(operation.at("/responses/200")).at("/content/application~1json/schema");
              assertThat(answer.isObject()).as("the answer of " + route).isTrue();
              assertThat(resolve(answer).has("properties") || resolve(answer).has("items"))
                  .as("the answer of " + route)
                  .isTrue();
              assertThat(operation.path("responses").has("default") || route.endsWith("/health"))
                  .as("the errors of " + route)
                  .isTrue();
            });
  }

  @Test
  void everyFieldOfARequestIsKnownToItsRoute() {
    operations()
        .forEach(
            (route, operation) -> {
              if (route.startsWith("POST ")) {
                fields(operation)
                    .forEach((name, _) -> assertKnown(route.substring("POST ".length()), name));
              }
            });
  }

  /** A value of a wrong type is refused by name; a field that is not known is passed over. */
  private void assertKnown(String path, String field) {
    if (OF_ANY_TYPE.contains(field) || path.equals(READS_NOTHING)) {
      return;
    }
    JsonNodeFactory json = JsonNodeFactory.instance;
    for (JsonNode wrong :
        new JsonNode[] {
          json.arrayNode().add(json.arrayNode().add(json.objectNode())), json.numberNode(3.5)
        }) {
      ObjectNode body = json.objectNode();
      body.set(field, wrong);
      HttpResponse<String> response = Http.post(base, path, body.toString());
      if (response.statusCode() / 100 == 4 && says(response.body(), field)) {
        return;
      }
    }
    assertThat(field).as("a field that %s knows", path).isEqualTo("");
  }

  private static boolean says(String error, String field) {
    JsonNode message = Http.json(error).at("/error/message");
    JsonNode said = message.isMissingNode() ? Http.json(error).path("error") : message;
    return Pattern.compile("\\b" + field + "\\b").matcher(said.asText()).find();
  }

  @Test
  void everyFieldThatAReaderKnowsIsInTheDocument() throws IOException {
    Set<String> known = new TreeSet<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
        String source = Files.readString(file);
        if (source.contains("JsonReader value)")) {
          Matcher labels = FIELDS.matcher(source);
          while (labels.find()) {
            NAME.matcher(labels.group(1)).results().forEach(name -> known.add(name.group(1)));
          }
        }
      }
    }
    assertThat(known).contains("messages", "guided_regex", "source_sentence", "truncate");
    Set<String> said = new TreeSet<>();
    collectNames(document, said);

    known.removeAll(REFUSED_ROLES);
    assertThat(known).isSubsetOf(said);
  }

  /** All names of properties, and all values that are told, anywhere. */
  private static void collectNames(JsonNode node, Set<String> names) {
    node.path("properties").fieldNames().forEachRemaining(names::add);
    node.path("enum").forEach(value -> names.add(value.asText()));
    names.add(node.path("const").asText());
    node.forEach(child -> collectNames(child, names));
  }

  @Test
  void everyRouteOfTheSourcesIsInTheDocument() throws IOException {
    Set<String> routes = new TreeSet<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(f -> f.toString().endsWith("Resource.java")).toList()) {
        Matcher paths = ROUTE.matcher(Files.readString(file));
        while (paths.find()) {
          routes.add(paths.group(1).startsWith("/") ? paths.group(1) : "/" + paths.group(1));
        }
      }
    }
    routes.remove("/");
    assertThat(routes).contains("/embed", "/v1/models");
    Set<String> described = new TreeSet<>();
    document.path("paths").fieldNames().forEachRemaining(described::add);
    assertThat(described).containsAll(routes);
    assertThat(described).noneMatch(path -> path.startsWith("/q"));
  }

  @Test
  void thePageThatShowsItIsThere() {
    HttpResponse<String> page = Http.get(base, "/swagger/");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).contains("swagger-ui", "/openapi");
    assertThat(page.headers().allValues("Content-Security-Policy"))
        .hasSize(1)
        .first()
        .asString()
        .contains("script-src 'self' 'unsafe-inline'");
    assertThat(Http.get(base, "/q/swagger-ui/").statusCode()).isEqualTo(404);
    assertThat(Http.get(base, "/q/health").statusCode()).isEqualTo(404);
    assertThat(Http.get(base, "/q/metrics").statusCode()).isEqualTo(404);
  }

  /** By method and path. */
  private Map<String, JsonNode> operations() {
    Map<String, JsonNode> operations = new TreeMap<>();
    document
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        operation -> {
                          if (operation.getValue().has("responses")) {
                            operations.put(
                                operation.getKey().toUpperCase(java.util.Locale.ROOT)
                                    + " "
                                    + path.getKey(),
                                operation.getValue());
                          }
                        }));
    return operations;
  }

  /** The fields of a request by name, those of the schemas that it extends too. */
  private Map<String, JsonNode> fields(JsonNode operation) {
    Map<String, JsonNode> fields = new TreeMap<>();
    collect(resolve(operation.path("requestBody")).at("/content/application~1json/schema"), fields);
    return fields;
  }

  private void collect(JsonNode schema, Map<String, JsonNode> fields) {
    JsonNode resolved = resolve(schema);
    resolved.path("properties").properties().forEach(e -> fields.put(e.getKey(), e.getValue()));
    resolved.path("allOf").forEach(part -> collect(part, fields));
  }

  private JsonNode resolve(JsonNode node) {
    return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
  }
}
