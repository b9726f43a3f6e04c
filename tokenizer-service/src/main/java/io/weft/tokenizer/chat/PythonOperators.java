package io.weft.tokenizer.chat;

import com.hubspot.jinjava.el.ext.AdditionOperator;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import jinjava.de.odysseus.el.misc.TypeConverter;
import jinjava.de.odysseus.el.tree.Bindings;
import jinjava.de.odysseus.el.tree.impl.Parser.ExtensionHandler;
import jinjava.de.odysseus.el.tree.impl.Parser.ExtensionPoint;
import jinjava.de.odysseus.el.tree.impl.ast.AstBinary;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstUnary;
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
    @Nullable Object apply(@Nullable Object left, @Nullable Object right);
  }

  static final AstBinary.Operator EQUAL = of("==", Python::equal);
  static final AstBinary.Operator NOT_EQUAL = of("!=", (a, b) -> !Python.equal(a, b));
  static final AstBinary.Operator IN = of("in", (a, b) -> Python.contains(b, a));
  static final AstBinary.Operator NOT_IN = of("not in", (a, b) -> !Python.contains(b, a));
  static final AstBinary.Operator FLOOR_DIVIDE = of("//", PythonNumbers::floorDivide);
  static final AstBinary.Operator POWER = of("**", PythonNumbers::power);
  static final AstBinary.Operator CONCATENATE =
      of("~", (a, b) -> concatenate(Python.text(a), Python.text(b)));

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
      Map.ofEntries(
          Map.entry(AstBinary.EQ, EQUAL),
          Map.entry(AstBinary.NE, NOT_EQUAL),
          Map.entry(AstBinary.LT, of("<", (a, b) -> Python.compare(a, b) < 0)),
          Map.entry(AstBinary.LE, of("<=", (a, b) -> Python.compare(a, b) <= 0)),
          Map.entry(AstBinary.GT, of(">", (a, b) -> Python.compare(a, b) > 0)),
          Map.entry(AstBinary.GE, of(">=", (a, b) -> Python.compare(a, b) >= 0)),
          Map.entry(AstBinary.AND, AND),
          Map.entry(AdditionOperator.OP, of("+", PythonOperators::add)),
          Map.entry(AstBinary.SUB, of("-", PythonNumbers::subtract)),
          Map.entry(AstBinary.MUL, of("*", PythonOperators::multiply)),
          Map.entry(AstBinary.DIV, of("/", PythonNumbers::divide)),
          Map.entry(AstBinary.MOD, of("%", PythonNumbers::remainder)));

  /** {@code -a}. */
  static final AstUnary.Operator NEGATE =
      new AstUnary.SimpleOperator() {
        @Override
        public Object apply(TypeConverter converter, @Nullable Object value) {
          return PythonNumbers.negate(value);
        }

        @Override
        public String toString() {
          return "-";
        }
      };

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
        TemplateInterpreter.current().checkTime();
        return TemplateInterpreter.current().memory().made(function.apply(left, right));
      }

      @Override
      public String toString() {
        return name;
      }
    };
  }

  private static Object add(@Nullable Object left, @Nullable Object right) {
    if (left instanceof String a && right instanceof String b) {
      return concatenate(a, b);
    }
    if (PythonNumbers.isNumber(left) && PythonNumbers.isNumber(right)) {
      return PythonNumbers.add(left, right);
    }
    if (left instanceof Collection<?> a
        && right instanceof Collection<?> b
        && a instanceof PythonTuple == b instanceof PythonTuple) {
      requireSize((long) a.size() + b.size());
      List<Object> both = new ArrayList<>(a);
      both.addAll(b);
      return a instanceof PythonTuple ? PythonTuple.copyOf(both) : both;
    }
    throw TemplateException.evaluation(
        "'+' cannot add %s to %s", Python.typeName(right), Python.typeName(left));
  }

  /** The product of numbers, or a text or a list so many times. */
  private static Object multiply(@Nullable Object left, @Nullable Object right) {
    if (PythonNumbers.isWhole(right) && left != null) {
      return times(left, right);
    }
    if (PythonNumbers.isWhole(left) && right != null) {
      return times(right, left);
    }
    return PythonNumbers.multiply(left, right);
  }

  private static Object times(Object value, @Nullable Object factor) {
    int count = Math.clamp(PythonNumbers.whole(factor), 0, Integer.MAX_VALUE);
    return switch (value) {
      case String text -> repeat(text, count);
      case Collection<?> list -> {
        requireSize((long) list.size() * count);
        List<Object> repeated = new ArrayList<>(list.size() * count);
        for (int i = 0; i < count && !list.isEmpty(); i++) {
          repeated.addAll(list);
        }
        yield list instanceof PythonTuple ? PythonTuple.copyOf(repeated) : repeated;
      }
      default -> PythonNumbers.multiply(value, factor);
    };
  }

  private static void requireSize(long elements) {
    if (elements > TemplateLimits.LIST_SIZE) {
      throw TemplateException.limit(
          "a list has %,d elements > %,d", elements, TemplateLimits.LIST_SIZE);
    }
  }

  private static String repeat(String text, int count) {
    TemplateInterpreter.current().checkLength((long) text.length() * count);
    return text.repeat(count);
  }

  private static String concatenate(String left, String right) {
    TemplateInterpreter.current().checkLength((long) left.length() + right.length());
    return left.concat(right);
  }
}
