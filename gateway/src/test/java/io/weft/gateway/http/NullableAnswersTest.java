package io.weft.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Clients made from the OpenAPI document fail at a null that it does not tell of. */
class NullableAnswersTest {
  private static final Path SOURCES = Path.of("src", "main", "java");

  @Test
  void whatAnAnswerMayHaveAsNullIsNullableInTheDocument() throws Exception {
    Deque<Class<?>> open = new ArrayDeque<>(answers());
    Set<Class<?>> seen = new HashSet<>(open);
    assertThat(seen).hasSizeGreaterThan(8);
    List<String> untold = new ArrayList<>();
    while (!open.isEmpty()) {
      Class<?> type = open.pop();
      if (!type.isRecord()) {
        continue;
      }
      for (RecordComponent component : type.getRecordComponents()) {
        if (isNull(type, component) && !isTold(type, component)) {
          untold.add(type.getSimpleName() + "." + component.getName());
        }
        for (Class<?> part : classes(component.getGenericType())) {
          if (seen.add(part)) {
            open.push(part);
          }
        }
      }
    }

    assertThat(untold).isEmpty();
  }

  /** Records that routes answer with. */
  private static List<Class<?>> answers() throws IOException, ClassNotFoundException {
    List<Class<?>> answers = new ArrayList<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(f -> f.toString().endsWith("Resource.java")).toList()) {
        String name = SOURCES.relativize(file).toString();
        Class<?> resource =
            Class.forName(name.substring(0, name.length() - ".java".length()).replace('/', '.'));
        for (Method method : resource.getDeclaredMethods()) {
          for (APIResponse response : method.getAnnotationsByType(APIResponse.class)) {
            for (Content content : response.content()) {
              answers.add(content.schema().implementation());
            }
          }
        }
      }
    }
    return answers;
  }

  private static boolean isNull(Class<?> type, RecordComponent component) throws Exception {
    boolean leftOut =
        isLeftOut(type.getAnnotation(JsonInclude.class))
            || isLeftOut(
                type.getDeclaredField(component.getName()).getAnnotation(JsonInclude.class));
    return component.getAnnotatedType().isAnnotationPresent(Nullable.class) && !leftOut;
  }

  private static boolean isLeftOut(@Nullable JsonInclude include) {
    return include != null && include.value() == JsonInclude.Include.NON_NULL;
  }

  private static boolean isTold(Class<?> type, RecordComponent component) throws Exception {
    Schema schema = type.getDeclaredField(component.getName()).getAnnotation(Schema.class);
    return schema != null && schema.nullable();
  }

  private static List<Class<?>> classes(Type type) {
    if (type instanceof Class<?> found) {
      return found.isSealed() ? List.of(found.getPermittedSubclasses()) : List.of(found);
    }
    List<Class<?>> all = new ArrayList<>();
    if (type instanceof ParameterizedType parameterized) {
      for (Type argument : parameterized.getActualTypeArguments()) {
        all.addAll(classes(argument));
      }
    }
    return all;
  }
}
