package io.weft.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import io.weft.gateway.grpc.GatewayCalls;
import io.weft.runtime.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  @Test
  void keepsTheRules() {
    ArchitectureRules.check("io.weft.gateway");
  }

  /** It asks for the API key; a service without it would be open to all. */
  @Test
  void everyGrpcServiceIsBehindGatewayCalls() {
    for (JavaClass service :
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.weft.gateway.grpc")) {
      if (service.isAnnotatedWith(GrpcService.class)) {
        assertThat(service.getAnnotationOfType(RegisterInterceptor.class).value())
            .as(service.getName())
            .isEqualTo(GatewayCalls.class);
      }
    }
  }
}
