package io.weft.importer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.weft.importer");

  @Test
  void knowsNoService() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.weft.proto..",
            "io.weft.tokenizer..",
            "io.weft.encoder..",
            "io.weft.generator..",
            "io.weft.gateway..",
            "io.weft.runtime.grpc..")
        .check(classes);
  }

  @Test
  void onlyCheckingAndCalibratingRunGraphs() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.weft.importer.check..", "io.weft.importer.calibrate..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.weft.runtime.onnx..", "ai.onnxruntime..", "ai.djl..")
        .check(classes);
  }

  @Test
  void onnxIsKnownWhereGraphsAreWrittenCalibratedAndReadAndOneClassReadsAnotherProtobuf() {
    noClasses()
        .that()
        .haveNameNotMatching(".*GraphBuilder.*|.*\\.SentencePieceFile.*")
        .and()
        .resideOutsideOfPackages("io.weft.importer.onnx..", "io.weft.importer.calibrate..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.onnx..", "com.google.protobuf..")
        .check(classes);
  }

  @Test
  void packagesDoNotDependOnEachOtherInCircles() {
    slices().matching("io.weft.(importer..)").should().beFreeOfCycles().check(classes);
    slices().matching("io.weft.importer.(*)..").should().beFreeOfCycles().check(classes);
  }
}
