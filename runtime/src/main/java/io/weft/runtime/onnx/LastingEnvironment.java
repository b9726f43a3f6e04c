package io.weft.runtime.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * An environment that lives as long as the process. ONNX Runtime's Java binding destroys its
 * environment in a shutdown hook of its own; hooks run side by side, so on SIGTERM a model that is
 * still finishing its requests would run on freed memory and take the process down. The native
 * environment counts its references: one more, which nobody gives back, keeps it.
 */
final class LastingEnvironment {
  private static final OrtLoggingLevel LEVEL = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING;
  private static final String NAME = "weft";

  static final OrtEnvironment INSTANCE = open();

  private LastingEnvironment() {}

  private static OrtEnvironment open() {
    OrtEnvironment environment = OrtEnvironment.getEnvironment(LEVEL, NAME);
    try {
      Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
      api.setAccessible(true);
      Method create =
          OrtEnvironment.class.getDeclaredMethod(
              "createHandle", long.class, int.class, String.class);
      create.setAccessible(true);
      create.invoke(null, api.getLong(null), LEVEL.getValue(), NAME);
    } catch (ReflectiveOperationException e) {
      Throwable cause = e instanceof InvocationTargetException wrapped ? wrapped.getCause() : e;
      throw new IllegalStateException(
          "this version of ONNX Runtime's Java binding is not known: " + cause, e);
    }
    return environment;
  }
}
