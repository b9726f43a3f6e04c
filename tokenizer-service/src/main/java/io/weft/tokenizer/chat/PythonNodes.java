package io.weft.tokenizer.chat;

import com.hubspot.jinjava.el.ext.AstDict;
import com.hubspot.jinjava.el.ext.AstList;
import com.hubspot.jinjava.el.ext.AstTuple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jinjava.de.odysseus.el.tree.Bindings;
import jinjava.de.odysseus.el.tree.impl.ast.AstBracket;
import jinjava.de.odysseus.el.tree.impl.ast.AstDot;
import jinjava.de.odysseus.el.tree.impl.ast.AstFunction;
import jinjava.de.odysseus.el.tree.impl.ast.AstMethod;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstParameters;
import jinjava.de.odysseus.el.tree.impl.ast.AstRightValue;
import jinjava.javax.el.ELContext;
import org.jspecify.annotations.Nullable;

/** Parts of expressions that Jinjava evaluates in another way than Python. */
final class PythonNodes {
  private PythonNodes() {}

  private static Object defined(AstNode node, Bindings bindings, ELContext context) {
    Object value = node.eval(bindings, context);
    if (value == null) {
      throw TemplateException.evaluation("'%s' is undefined", node);
    }
    return value;
  }

  /** {@code base.name}; an error where {@code base} is undefined. */
  static final class Dot extends AstDot {
    private final String name;

    Dot(AstNode base, String name, boolean lvalue) {
      super(base, name, lvalue);
      this.name = name;
    }

    AstNode base() {
      return prefix;
    }

    @Override
    public @Nullable Object eval(Bindings bindings, ELContext context) {
      return PythonAttributes.dot(defined(prefix, bindings, context), name);
    }

    @Override
    public String toString() {
      return prefix + "." + name;
    }
  }

  /** {@code base.name(arguments)}; an error where {@code base} is undefined. */
  static final class Call extends AstMethod {
    private final AstNode base;
    private final String name;
    private final AstParameters arguments;

    Call(Dot method, AstParameters arguments) {
      super(method, arguments);
      this.base = method.base();
      this.name = method.name;
      this.arguments = arguments;
    }

    @Override
    public @Nullable Object eval(Bindings bindings, ELContext context) {
      TemplateInterpreter.current().checkTime();
      Object value = defined(base, bindings, context);
      Object[] values = arguments.eval(bindings, context);
      return context.getELResolver().invoke(context, value, name, null, values);
    }

    @Override
    public String toString() {
      return base + "." + name + "(...)";
    }
  }

  /** {@code base[key]}; an error where {@code base} is undefined. */
  static final class Bracket extends AstBracket {
    Bracket(AstNode base, AstNode key, boolean lvalue) {
      super(base, key, lvalue, true);
    }

    @Override
    public @Nullable Object eval(Bindings bindings, ELContext context) {
      Object base = defined(prefix, bindings, context);
      return PythonAttributes.item(base, property.eval(bindings, context));
    }

    @Override
    public String toString() {
      return prefix + "[" + property + "]";
    }
  }

  /** {@code name(arguments)}: a function, a macro or another value that can be called. */
  static final class FunctionCall extends AstFunction {
    private final AstParameters arguments;

    FunctionCall(String name, AstParameters arguments) {
      super(name, 0, arguments, true);
      this.arguments = arguments;
    }

    @Override
    public @Nullable Object eval(Bindings bindings, ELContext context) {
      TemplateInterpreter.current().checkTime();
      return switch (TemplateInterpreter.current().variable(getName())) {
        case PythonCallable callable ->
            TemplateInterpreter.current()
                .memory()
                .made(callable.call(Arrays.asList(arguments.eval(bindings, context))));
        case null -> throw TemplateException.evaluation("'%s' is undefined", getName());
        case Object other ->
            throw TemplateException.evaluation("%s cannot be called", Python.typeName(other));
      };
    }
  }

  /** {@code (a, b)}. */
  static final class Tuple extends AstTuple {
    Tuple(AstParameters elements) {
      super(elements);
    }

    @Override
    public @Nullable Object eval(Bindings bindings, ELContext context) {
      return TemplateInterpreter.current()
          .memory()
          .made(PythonTuple.of(elements.eval(bindings, context)));
    }
  }

  /** {@code [a, b]}. */
  static final class ListLiteral extends AstList {
    ListLiteral(AstParameters elements) {
      super(elements);
    }

    @Override
    public @Nullable Object eval(Bindings bindings, ELContext context) {
      return TemplateInterpreter.current().memory().made(super.eval(bindings, context));
    }
  }

  /** {@code {key: value}}, where keys are expressions. */
  static final class Dict extends AstDict {
    Dict(Map<AstNode, AstNode> entries) {
      super(entries);
    }

    @Override
    public @Nullable Object eval(Bindings bindings, ELContext context) {
      Map<Object, @Nullable Object> map = new LinkedHashMap<>();
      dict.forEach(
          (key, value) ->
              PythonMap.put(map, key.eval(bindings, context), value.eval(bindings, context)));
      return TemplateInterpreter.current().memory().made(PythonMap.of(map));
    }
  }

  /** {@code base[start:stop:step]} of a list or, by code points, of a text. */
  static final class Slice extends AstRightValue {
    private final AstNode base;
    private final @Nullable AstNode start;
    private final @Nullable AstNode stop;
    private final @Nullable AstNode step;

    Slice(AstNode base, @Nullable AstNode start, @Nullable AstNode stop, @Nullable AstNode step) {
      this.base = base;
      this.start = start;
      this.stop = stop;
      this.step = step;
    }

    @Override
    public @Nullable Object eval(Bindings bindings, ELContext context) {
      Integer from = integer(start, bindings, context);
      Integer to = integer(stop, bindings, context);
      Integer by = integer(step, bindings, context);
      return TemplateInterpreter.current()
          .memory()
          .made(part(defined(base, bindings, context), from, to, by));
    }

    private static Object part(
        Object whole, @Nullable Integer from, @Nullable Integer to, @Nullable Integer by) {
      return switch (whole) {
        case String text -> {
          int[] letters = text.codePoints().toArray();
          StringBuilder part = new StringBuilder();
          for (int i : indices(letters.length, from, to, by)) {
            part.appendCodePoint(letters[i]);
          }
          yield part.toString();
        }
        case Collection<?> collection -> {
          List<Object> list = new ArrayList<>(collection);
          List<Object> part = new ArrayList<>();
          for (int i : indices(list.size(), from, to, by)) {
            part.add(list.get(i));
          }
          yield collection instanceof PythonTuple ? PythonTuple.copyOf(part) : part;
        }
        case Object other ->
            throw TemplateException.evaluation("%s has no slices", Python.typeName(other));
      };
    }

    private static @Nullable Integer integer(
        @Nullable AstNode node, Bindings bindings, ELContext context) {
      if (node == null) {
        return null;
      }
      Object value = node.eval(bindings, context);
      return value instanceof PythonNone ? null : (Integer) Python.integer(value);
    }

    /** The rules of Python's {@code slice.indices}. */
    static int[] indices(
        int length, @Nullable Integer start, @Nullable Integer stop, @Nullable Integer step) {
      int by = step == null ? 1 : step;
      if (by == 0) {
        throw TemplateException.evaluation("the step of a slice is 0");
      }
      int lowest = by > 0 ? 0 : -1;
      int highest = by > 0 ? length : length - 1;
      int from =
          start == null ? (by > 0 ? lowest : highest) : bound(start, length, lowest, highest);
      int to = stop == null ? (by > 0 ? highest : lowest) : bound(stop, length, lowest, highest);
      List<Integer> indices = new ArrayList<>();
      for (long i = from; by > 0 ? i < to : i > to; i += by) {
        indices.add((int) i);
      }
      return indices.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int bound(int index, int length, int lowest, int highest) {
      return Math.clamp(index < 0 ? (long) index + length : index, lowest, highest);
    }

    @Override
    public void appendStructure(StringBuilder builder, Bindings bindings) {
      builder.append(this);
    }

    @Override
    public int getCardinality() {
      return 1;
    }

    @Override
    public @Nullable AstNode getChild(int index) {
      return index == 0 ? base : null;
    }

    @Override
    public String toString() {
      return base + "[:]";
    }
  }
}
