package io.weft.tokenizer.chat;

import com.hubspot.jinjava.el.ext.AstDict;
import com.hubspot.jinjava.el.ext.AstList;
import com.hubspot.jinjava.el.ext.AstNamedParameter;
import com.hubspot.jinjava.el.ext.CollectionMembershipOperator;
import com.hubspot.jinjava.el.ext.CollectionNonMembershipOperator;
import com.hubspot.jinjava.el.ext.ExtendedParser;
import com.hubspot.jinjava.el.ext.NamedParameterOperator;
import com.hubspot.jinjava.el.ext.PowerOfOperator;
import com.hubspot.jinjava.el.ext.StringConcatOperator;
import com.hubspot.jinjava.el.ext.TruncDivOperator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jinjava.de.odysseus.el.tree.impl.Builder;
import jinjava.de.odysseus.el.tree.impl.Scanner;
import jinjava.de.odysseus.el.tree.impl.Scanner.ExtensionToken;
import jinjava.de.odysseus.el.tree.impl.Scanner.ScanException;
import jinjava.de.odysseus.el.tree.impl.Scanner.Symbol;
import jinjava.de.odysseus.el.tree.impl.ast.AstBinary;
import jinjava.de.odysseus.el.tree.impl.ast.AstBracket;
import jinjava.de.odysseus.el.tree.impl.ast.AstDot;
import jinjava.de.odysseus.el.tree.impl.ast.AstMethod;
import jinjava.de.odysseus.el.tree.impl.ast.AstNode;
import jinjava.de.odysseus.el.tree.impl.ast.AstParameters;
import jinjava.de.odysseus.el.tree.impl.ast.AstProperty;
import jinjava.de.odysseus.el.tree.impl.ast.AstUnary;
import org.jspecify.annotations.Nullable;

/**
 * Jinjava's expression parser with Python's grammar where the two differ: {@code not} binds weaker
 * than comparisons and tests, named arguments take whole expressions, slices have a step, tests may
 * follow filters, and operators have Python's meaning.
 */
final class PythonParser extends ExtendedParser {
  PythonParser(Builder context, String input) {
    super(context, input);
    putExtensionHandler(
        CollectionMembershipOperator.TOKEN, PythonOperators.handler(PythonOperators.IN));
    putExtensionHandler(
        CollectionNonMembershipOperator.TOKEN, PythonOperators.handler(PythonOperators.NOT_IN));
    putExtensionHandler(
        StringConcatOperator.TOKEN,
        PythonOperators.handler(PythonOperators.CONCATENATE, ExtensionPoint.ADD));
    replace(TruncDivOperator.TOKEN, TruncDivOperator.HANDLER, PythonOperators.FLOOR_DIVIDE);
    replace(PowerOfOperator.TOKEN, PowerOfOperator.HANDLER, PythonOperators.POWER);
  }

  private void replace(
      ExtensionToken token, ExtensionHandler jinjava, AstBinary.Operator operator) {
    putExtensionHandler(token, PythonOperators.handler(operator, jinjava.getExtensionPoint()));
  }

  @Override
  protected Scanner createScanner(String expression) {
    return new PythonScanner(expression);
  }

  @Override
  protected @Nullable AstNode eq(boolean required) throws ScanException, ParseException {
    if (isWord("not")) {
      consumeToken();
      return createAstUnary(eq(true), AstUnary.NOT);
    }
    return super.eq(required);
  }

  /** A value followed by filters and tests, in any order. */
  @Override
  protected @Nullable AstNode filter(boolean required) throws ScanException, ParseException {
    AstNode value = unary(required);
    while (value != null) {
      if (isWord("|") && lookahead(0).getSymbol() == Symbol.IDENTIFIER) {
        value = parseFiltersAsNestedMethods(value);
      } else if (isWord("is")) {
        value = test(value);
      } else {
        break;
      }
    }
    return value;
  }

  private AstNode test(AstNode value) throws ScanException, ParseException {
    consumeToken();
    boolean negated = isWord("not");
    if (negated) {
      consumeToken();
    }
    String name = consumeToken().getImage();
    List<AstNode> arguments = new ArrayList<>(List.of(value, interpreter()));
    if (getToken().getSymbol() == Symbol.LPAREN) {
      AstParameters parameters = params();
      for (int i = 0; i < parameters.getCardinality(); i++) {
        arguments.add(parameters.getChild(i));
      }
    } else if (TemplateTests.takesArgument(name)) {
      arguments.add(unary(true));
    }
    AstDot call =
        createAstDot(
            identifier(EXPTEST_PREFIX + name), negated ? "evaluateNegated" : "evaluate", true);
    return createAstMethod(call, createAstParameters(arguments));
  }

  @Override
  protected AstParameters params(Symbol left, Symbol right) throws ScanException, ParseException {
    consumeToken(left);
    List<AstNode> arguments = new ArrayList<>();
    while (getToken().getSymbol() != right) {
      arguments.add(argument());
      if (getToken().getSymbol() != Symbol.COMMA) {
        break;
      }
      consumeToken();
    }
    consumeToken(right);
    return createAstParameters(arguments);
  }

  private AstNode argument() throws ScanException, ParseException {
    if (getToken().getSymbol() == Symbol.IDENTIFIER
        && lookahead(0).equals(NamedParameterOperator.TOKEN)) {
      String name = consumeToken().getImage();
      consumeToken();
      return new AstNamedParameter(identifier(name), expr(true));
    }
    return expr(true);
  }

  @Override
  protected @Nullable AstNode value() throws ScanException, ParseException {
    boolean lvalue = true;
    AstNode value = nonliteral();
    if (value == null) {
      value = literal();
      lvalue = false;
    }
    while (value != null) {
      if (getToken().getSymbol() == Symbol.DOT) {
        consumeToken();
        String name = consumeToken(Symbol.IDENTIFIER).getImage();
        AstDot dot = createAstDot(value, name, lvalue);
        value = getToken().getSymbol() == Symbol.LPAREN ? createAstMethod(dot, params()) : dot;
      } else if (getToken().getSymbol() == Symbol.LBRACK) {
        consumeToken();
        value = subscript(value, lvalue);
      } else {
        break;
      }
    }
    return value;
  }

  private AstNode subscript(AstNode base, boolean lvalue) throws ScanException, ParseException {
    AstNode start = getToken().getSymbol() == Symbol.COLON ? null : expr(true);
    if (start != null && getToken().getSymbol() == Symbol.RBRACK) {
      consumeToken();
      return createAstBracket(base, start, lvalue, true);
    }
    consumeToken(Symbol.COLON);
    AstNode stop = endsSlicePart() ? null : expr(true);
    AstNode step = null;
    if (getToken().getSymbol() == Symbol.COLON) {
      consumeToken();
      step = endsSlicePart() ? null : expr(true);
    }
    consumeToken(Symbol.RBRACK);
    return new PythonNodes.Slice(base, start, stop, step);
  }

  private boolean endsSlicePart() {
    return getToken().getSymbol() == Symbol.COLON || getToken().getSymbol() == Symbol.RBRACK;
  }

  /** A call, whose name is a variable like any other, or what stands in parentheses. */
  @Override
  protected @Nullable AstNode nonliteral() throws ScanException, ParseException {
    if (getToken().getSymbol() == Symbol.LPAREN) {
      return inParentheses();
    }
    if (getToken().getSymbol() != Symbol.IDENTIFIER) {
      return null;
    }
    String name = consumeToken().getImage();
    return getToken().getSymbol() == Symbol.LPAREN
        ? new PythonNodes.FunctionCall(name, params())
        : identifier(name);
  }

  /** One expression, or a tuple: Jinjava takes a comma in a dictionary for one of a tuple. */
  private AstNode inParentheses() throws ScanException, ParseException {
    consumeToken();
    List<AstNode> elements = new ArrayList<>();
    boolean isTuple = getToken().getSymbol() == Symbol.RPAREN;
    while (getToken().getSymbol() != Symbol.RPAREN) {
      elements.add(expr(true));
      if (getToken().getSymbol() != Symbol.COMMA) {
        break;
      }
      isTuple = true;
      consumeToken();
    }
    consumeToken(Symbol.RPAREN);
    return isTuple
        ? new PythonNodes.Tuple(createAstParameters(elements))
        : createAstNested(elements.getFirst());
  }

  @Override
  protected AstList createAstList(AstParameters parameters) {
    return new PythonNodes.ListLiteral(parameters);
  }

  @Override
  protected AstDict createAstDict(Map<AstNode, AstNode> entries) {
    return new PythonNodes.Dict(entries);
  }

  @Override
  protected AstBinary createAstBinary(AstNode left, AstNode right, AstBinary.Operator operator) {
    AstBinary.Operator python = PythonOperators.OF_JINJAVA.getOrDefault(operator, operator);
    return super.createAstBinary(left, right, python);
  }

  @Override
  protected AstUnary createAstUnary(@Nullable AstNode operand, AstUnary.Operator operator) {
    return super.createAstUnary(
        operand, AstUnary.NEG.equals(operator) ? PythonOperators.NEGATE : operator);
  }

  @Override
  protected AstDot createAstDot(AstNode base, String property, boolean lvalue) {
    String library = base.toString();
    if (library.startsWith(FILTER_PREFIX)) {
      requireKnown(library.substring(FILTER_PREFIX.length()), TemplateFilters.all(), "filter");
    } else if (library.startsWith(EXPTEST_PREFIX)) {
      requireKnown(library.substring(EXPTEST_PREFIX.length()), TemplateTests.all(), "test");
    }
    return new PythonNodes.Dot(base, property, lvalue);
  }

  @Override
  protected AstMethod createAstMethod(AstProperty property, AstParameters arguments) {
    return property instanceof PythonNodes.Dot method
        ? new PythonNodes.Call(method, arguments)
        : super.createAstMethod(property, arguments);
  }

  private static void requireKnown(String name, Map<String, ?> known, String what) {
    if (!known.containsKey(name)) {
      throw TemplateException.syntax("%s '%s' is not supported", what, name);
    }
  }

  @Override
  protected AstBracket createAstBracket(
      AstNode base, AstNode property, boolean lvalue, boolean strict) {
    return new PythonNodes.Bracket(base, property, lvalue);
  }

  private boolean isWord(String word) {
    return word.equals(getToken().getImage()) && getToken().getSymbol() != Symbol.STRING;
  }
}
