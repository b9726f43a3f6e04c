package io.weft.tokenizer.chat;

import com.hubspot.jinjava.el.ext.AdditionOperator;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import jinjava.de.odysseus.el.misc.NumberOperations;
import jinjava.de.odysseus.el.misc.TypeConverter;
import jinjava.de.odysseus.el.tree.Bindings;
import jinjava.de.odysseus.el.tree.impl.Parser.ExtensionHandler;
import jinjava.de.odysseus.el.tree.impl.Parser.ExtensionPoint;
import jinjava.de.odysseus.el.tree.impl.ast.AstBinary;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.javax.el.ELContext;
import org.jspecify.annotations.Nullable;

/**
 * Operators with Python's meaning. Jinjava's turn types into one another ({@code 1 == "1"}, {@code
 * "a" + undefined}); a prompt made that way would be wrong without a word, so these do not.
 */
final class PythonOperators {
  private PythonOperators() {}

  /** A function of two evaluated operands. */
  private interface Function {
    @Nullable Object apply(TypeConverter converter, @Nullable Object left, @Nullable Object right);
  }

  static final AstBinary.Operator EQUAL = of("==", (c, a, b) -> Python.equal(a, b));
  static final AstBinary.Operator NOT_EQUAL = of("!=", (c, a, b) -> !Python.equal(a, b));
  static final AstBinary.Operator IN = of("in", (c, a, b) -> Python.contains(b, a));
  static final AstBinary.Operator NOT_IN = of("not in", (c, a, b) -> !Python.contains(b, a));
  static final AstBinary.Operator ADD = of("+", PythonOperators::add);
  static final AstBinary.Operator MULTIPLY = of("*", PythonOperators::multiply);
  static final AstBinary.Operator CONCATENATE =
      of("~", (c, a, b) -> concatenate(Python.text(a), Python.text(b)));

  /** {@code a and b}: one of the operands, not a truth value. */
  static final AstBinary.Operator AND =
      new AstBinary.Operator() {
        @Override
        public @Nullable Object eval(
            Bindings bindings, ELContext context, AstNode left, AstNode right) {
          Object value = left.eval(bindings, context);
          return Python.truth(value) ? right.eval(bindings, context) : value;
        }

        @Override
        public String toString() {
          return "and";
        }
      };

  /** What stands for each of Jinjava's operators. */
  static final Map<AstBinary.Operator, AstBinary.Operator> OF_JINJAVA =
      Map.of(
          AstBinary.EQ, EQUAL,
          AstBinary.NE, NOT_EQUAL,
          AstBinary.AND, AND,
          AstBinary.MUL, MULTIPLY,
          AdditionOperator.OP, ADD);

  static ExtensionHandler handler(AstBinary.Operator operator) {
    return handler(operator, ExtensionPoint.CMP);
  }

  static ExtensionHandler handler(AstBinary.Operator operator, ExtensionPoint point) {
    return new ExtensionHandler(point) {
      @Override
      public AstNode createAstNode(AstNode... children) {
        return new AstBinary(children[0], children[1], operator);
      }
    };
  }

  private static AstBinary.Operator of(String name, Function function) {
    return new AstBinary.SimpleOperator() {
      @Override
      protected @Nullable Object apply(
          TypeConverter converter, @Nullable Object left, @Nullable Object right) {
        return function.apply(converter, left, right);
      }

      @Override
      public String toString() {
        return name;
      }
    };
  }

  private static Object add(
      TypeConverter converter, @Nullable Object left, @Nullable Object right) {
    if (left instanceof String a && right instanceof String b) {
      return concatenate(a, b);
    }
    if (left instanceof Number && right instanceof Number) {
      return NumberOperations.add(converter, left, right);
    }
    if (left instanceof Collection<?> a && right instanceof Collection<?> b) {
      if (a.size() + b.size() > TemplateLimits.LIST_SIZE) {
        throw TemplateException.limit(
            "a list has %,d elements > %,d", a.size() + b.size(), TemplateLimits.LIST_SIZE);
      }
      List<Object> both = new ArrayList<>(a);
      both.addAll(b);
      return both;
    }
    throw TemplateException.evaluation(
        "'+' cannot add %s to %s", Python.typeName(right), Python.typeName(left));
  }

  /** The product of numbers, or a text so many times. */
  private static Object multiply(
      TypeConverter converter, @Nullable Object left, @Nullable Object right) {
    if (left instanceof String text && right instanceof Number) {
      return repeat(text, Python.integer(right));
    }
    if (left instanceof Number && right instanceof String text) {
      return repeat(text, Python.integer(left));
    }
    if (left instanceof Number && right instanceof Number) {
      return NumberOperations.mul(converter, left, right);
    }
    throw TemplateException.evaluation(
        "'*' cannot multiply %s by %s", Python.typeName(left), Python.typeName(right));
  }

  private static String repeat(String text, int times) {
    int count = Math.max(0, times);
    TemplateInterpreter.current().checkLength((long) text.length() * count);
    return text.repeat(count);
  }

  private static String concatenate(String left, String right) {
    TemplateInterpreter.current().checkLength((long) left.length() + right.length());
    return left.concat(right);
  }
}
