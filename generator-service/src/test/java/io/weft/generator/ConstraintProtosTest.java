package io.weft.generator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.generator.constraint.ConstraintSpec;
import io.weft.proto.generator.v1.AnyJsonObject;
import io.weft.proto.generator.v1.BeamSearch;
import io.weft.proto.generator.v1.Choice;
import io.weft.proto.generator.v1.Constraint;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.generator.v1.Sampling;
import io.weft.runtime.error.WeftException;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ConstraintProtosTest {
  @Test
  void readsEveryKind() {
    assertThat(ConstraintProtos.constraint(GenerateRequest.getDefaultInstance())).isNull();
    assertThat(read(Constraint.newBuilder().setJsonSchema("{}")))
        .isEqualTo(new ConstraintSpec.JsonSchema("{}"));
    assertThat(read(Constraint.newBuilder().setJsonObject(AnyJsonObject.getDefaultInstance())))
        .isEqualTo(new ConstraintSpec.JsonObject());
    assertThat(read(Constraint.newBuilder().setRegex("a")))
        .isEqualTo(new ConstraintSpec.Regex("a"));
    assertThat(read(Constraint.newBuilder().setChoice(Choice.newBuilder().addOptions("a"))))
        .isEqualTo(new ConstraintSpec.Choice(List.of("a")));
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(
            Constraint.newBuilder(),
            "constraint",
            "a constraint must have exactly one kind, it has none"),
        Arguments.of(
            Constraint.newBuilder().setJsonSchema(" ".repeat(65_537)),
            "constraint.json_schema",
            "json_schema has 65,537 bytes, it must have between 1 and 65,536"),
        Arguments.of(
            Constraint.newBuilder().setRegex("é".repeat(2_049)),
            "constraint.regex",
            "regex has 4,098 bytes, it must have between 1 and 4,096"),
        Arguments.of(
            Constraint.newBuilder().setRegex(""),
            "constraint.regex",
            "regex has 0 bytes, it must have between 1 and 4,096"),
        Arguments.of(
            Constraint.newBuilder().setChoice(Choice.getDefaultInstance()),
            "constraint.choice",
            "choice is 0, it must be between 1 and 1,024"),
        Arguments.of(
            choice(Collections.nCopies(1_025, "a")),
            "constraint.choice",
            "choice is 1,025, it must be between 1 and 1,024"),
        Arguments.of(
            choice(List.of("a", "")), "constraint.choice", "one of the texts of choice is empty"),
        Arguments.of(
            choice(List.of("a".repeat(65_537))),
            "constraint.choice",
            "65,537 bytes of choice > 65,536"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesWhatIsOutOfRange(Constraint.Builder constraint, String param, String message) {
    assertThatThrownBy(() -> read(constraint))
        .isInstanceOfSatisfying(
            WeftException.InvalidRequest.class,
            e -> assertThat(e.metadata()).containsEntry("param", param))
        .hasMessage(message);
  }

  @Test
  void forbiddenNgramsCouldForbidAllThatFits() {
    GenerateRequest request =
        GenerateRequest.newBuilder()
            .setConstraint(Constraint.newBuilder().setRegex("a*"))
            .setSampling(Sampling.newBuilder().setNoRepeatNgramSize(2))
            .build();

    assertThatThrownBy(() -> ConstraintProtos.constraint(request))
        .hasMessage("a constraint excludes no_repeat_ngram_size");
  }

  @Test
  void beamsDoNotTakeConstraints() {
    GenerateRequest request =
        GenerateRequest.newBuilder()
            .setConstraint(Constraint.newBuilder().setRegex("a*"))
            .setSampling(
                Sampling.newBuilder().setBeamSearch(BeamSearch.newBuilder().setNumBeams(2)))
            .build();

    assertThatThrownBy(() -> ConstraintProtos.constraint(request))
        .hasMessage("a constraint excludes beam_search");
  }

  private static Constraint.Builder choice(List<String> options) {
    return Constraint.newBuilder().setChoice(Choice.newBuilder().addAllOptions(options));
  }

  private static ConstraintSpec read(Constraint.Builder constraint) {
    return ConstraintProtos.constraint(
        GenerateRequest.newBuilder().setConstraint(constraint).build());
  }
}
