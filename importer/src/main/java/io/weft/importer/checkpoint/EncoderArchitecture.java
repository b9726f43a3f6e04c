package io.weft.importer.checkpoint;

import io.weft.runtime.model.Family;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An encoder: what it can be asked for, its head says. */
public sealed interface EncoderArchitecture extends Architecture
    permits BertConfig, ModernBertConfig {
  EncoderHead head();

  @Override
  default Family family() {
    return Family.ENCODER;
  }

  @Override
  default List<String> tasks() {
    return head().tasks();
  }

  @Override
  default List<String> labels() {
    return head().labels();
  }

  @Override
  default @Nullable String problemType() {
    return head().problemType();
  }

  @Override
  default @Nullable String activationOfPairs() {
    return head().activation();
  }
}
