package io.weft.tokenizer.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import java.beans.FeatureDescriptor;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import org.jspecify.annotations.Nullable;

/**
 * The only way from a template to a value's attributes and methods. It knows dictionaries, lists,
 * texts and loops, and the methods of {@link PythonMethods}; there is no reflection, so no Java
 * object can be reached.
 */
final class PythonResolver extends ELResolver {
  @Override
  public @Nullable Object getValue(ELContext context, @Nullable Object base, Object property) {
    context.setPropertyResolved(true);
    return base == null ? null : PythonAttributes.item(base, property);
  }

  @Override
  public @Nullable Object invoke(
      ELContext context,
      Object base,
      Object method,
      Class<?> @Nullable [] types,
      @Nullable Object[] arguments) {
    context.setPropertyResolved(true);
    return switch (base) {
      case Filter filter -> filter(filter, arguments);
      case ExpTest test -> test(test, method.toString(), arguments);
      case Loop loop -> loop.call(method.toString(), Arrays.asList(arguments));
      default -> PythonMethods.call(base, method.toString(), Arrays.asList(arguments));
    };
  }

  @SuppressWarnings("unchecked") // so does Jinjava hand over a filter's arguments
  private static @Nullable Object filter(Filter filter, @Nullable Object[] arguments) {
    return filter.filter(
        arguments[0],
        TemplateInterpreter.current(),
        (Object[]) arguments[2],
        (Map<String, Object>) arguments[3]);
  }

  private static boolean test(ExpTest test, String method, @Nullable Object[] arguments) {
    JinjavaInterpreter interpreter = TemplateInterpreter.current();
    boolean holds =
        test.evaluate(
            arguments[0], interpreter, Arrays.copyOfRange(arguments, 2, arguments.length));
    return method.equals("evaluate") == holds;
  }

  @Override
  public void setValue(ELContext context, Object base, Object property, Object value) {
    throw TemplateException.evaluation("values of the conversation cannot be changed");
  }

  @Override
  public boolean isReadOnly(ELContext context, Object base, Object property) {
    return true;
  }

  @Override
  public Class<?> getType(ELContext context, Object base, Object property) {
    return Object.class;
  }

  @Override
  public @Nullable Iterator<FeatureDescriptor> getFeatureDescriptors(
      ELContext context, Object base) {
    return null;
  }

  @Override
  public Class<?> getCommonPropertyType(ELContext context, Object base) {
    return Object.class;
  }
}
