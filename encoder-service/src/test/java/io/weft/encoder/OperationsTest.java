package io.weft.encoder;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weft.encoder.testing.Calls;
import io.weft.encoder.testing.TinyModel;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What operators look at. */
@QuarkusTest
@QuarkusTestResource(TinyModel.class)
class OperationsTest {
  @Test
  void isReadyWithItsModels() {
    given()
        .get("/q/health/ready")
        .then()
        .statusCode(200)
        .body("checks.find { it.name == 'models' }.data.models", is("tiny-bert"));
  }

  @Test
  void answersTheStandardHealthCheck() {
    try (Calls calls = new Calls()) {
      HealthCheckRequest request =
          HealthCheckRequest.newBuilder().setService("weft.encoder.v1.EncoderService").build();

      assertThat(HealthGrpc.newBlockingStub(calls.channel()).check(request).getStatus())
          .isEqualTo(ServingStatus.SERVING);
    }
  }

  @Test
  void measures() {
    try (Calls calls = new Calls()) {
      calls.blocking().embed(Calls.embed(Calls.input(2, 77, 3)).build());
    }
    given()
        .get("/q/metrics")
        .then()
        .body(containsString("weft_encoder_batch_sequences_count{model=\"tiny-bert\"}"))
        .body(containsString("weft_encoder_batch_tokens_sum{model=\"tiny-bert\"}"))
        .body(containsString("weft_encoder_queue_tokens{model=\"tiny-bert\"}"))
        .body(containsString("weft_encoder_queue_time_seconds_count{model=\"tiny-bert\"}"))
        .body(containsString("weft_encoder_run_time_seconds_sum{model=\"tiny-bert\"}"));
  }

  @Test
  void measuresUnderTheNamesOfTextEmbeddingsInference() {
    try (Calls calls = new Calls()) {
      calls.blocking().embed(Calls.embed(Calls.input(2, 77, 3)).build());
      calls.blocking().embed(Calls.embed(Calls.input(2, 3), Calls.input(2, 3)).build());
    }
    String metrics = given().get("/q/metrics").asString();
    for (String name :
        List.of(
            "te_request_count{method=\"single\",model_name=\"tiny-bert\"}",
            "te_request_success{method=\"batch\",model_name=\"tiny-bert\"}",
            "te_request_duration_count{model_name=\"tiny-bert\"}",
            "te_request_queue_duration_count{model_name=\"tiny-bert\"}",
            "te_request_inference_duration_count{model_name=\"tiny-bert\"}",
            "te_request_input_length_sum{model_name=\"tiny-bert\"}",
            "te_batch_next_size_sum{model_name=\"tiny-bert\"}",
            "te_batch_next_tokens_sum{model_name=\"tiny-bert\"}")) {
      assertThat(value(metrics, name)).as(name).isPositive();
    }
    assertThat(value(metrics, "te_queue_size{model_name=\"tiny-bert\"}")).isZero();
    assertThat(value(metrics, "te_request_failure{err=\"backend\",model_name=\"tiny-bert\"}"))
        .isZero();
  }

  private static double value(String metrics, String sample) {
    return metrics
        .lines()
        .filter(line -> line.startsWith(sample + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no sample " + sample + " in " + metrics));
  }
}
