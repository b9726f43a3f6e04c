package io.weft.runtime.testing;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

/** The rules of the architecture (docs/architecture.md) that a compiler does not hold. */
public final class ArchitectureRules {
  private static final String[] SERVICES = {
    "io.weft.tokenizer..", "io.weft.encoder..", "io.weft.generator..", "io.weft.gateway.."
  };

  private ArchitectureRules() {}

  /**
   * Checks the main classes below {@code ownPackage}: they know no other service, and only classes
   * named {@code *GrpcService}, {@code *Protos} or {@code *Client} touch generated protobuf types.
   */
  public static void check(String ownPackage) {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ownPackage);
    String[] others =
        java.util.Arrays.stream(SERVICES)
            .filter(service -> !service.equals(ownPackage + ".."))
            .toArray(String[]::new);
    noClasses()
        .should()
        .dependOnClassesThat(resideInAnyPackage(others))
        .because("services meet only through their contracts")
        .check(classes);
    noClasses()
        .that()
        .haveNameNotMatching(".*(GrpcService|Protos|Client)(\\$.*)?")
        .should()
        .dependOnClassesThat(resideInAnyPackage("io.weft.proto..", "com.google.protobuf.."))
        .because("protobuf types stay at the edge")
        .check(classes);
    noClasses()
        .should()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .because("configuration is read in one @ConfigMapping a service")
        .allowEmptyShould(true)
        .check(classes);
  }
}
