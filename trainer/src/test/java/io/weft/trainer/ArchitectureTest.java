package io.weft.trainer;

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
          .importPackages("io.weft.trainer");

  @Test
  void callsServicesInOnePackageAndKnowsNothingElseOfThem() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.weft.trainer.serve..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.weft.proto..", "io.grpc..")
        .check(classes);
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.weft.tokenizer..", "io.weft.encoder..", "io.weft.generator..", "io.weft.gateway..")
        .check(classes);
  }

  @Test
  void dataKnowsNoTensors() {
    noClasses()
        .that()
        .resideInAnyPackage("io.weft.trainer.data..", "io.weft.trainer.report..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.djl..")
        .check(classes);
  }

  @Test
  void packagesDoNotDependOnEachOtherInCircles() {
    slices().matching("io.weft.trainer.(*)..").should().beFreeOfCycles().check(classes);
  }
}
