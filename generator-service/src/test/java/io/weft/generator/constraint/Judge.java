package io.weft.generator.constraint;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;

/** Another's JSON Schema validator, formats included. */
final class Judge {
  private final Schema schema;

  Judge(String schema) {
    SchemaRegistryConfig config =
        SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build();
    this.schema =
        SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemaRegistryConfig(config))
            .getSchema(schema);
  }

  boolean isValid(String text) {
    return schema.validate(text, InputFormat.JSON).isEmpty();
  }
}
