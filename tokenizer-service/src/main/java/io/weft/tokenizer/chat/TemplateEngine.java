package io.weft.tokenizer.chat;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.lib.Importable;
import com.hubspot.jinjava.loader.ResourceNotFoundException;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import jinjava.de.odysseus.el.ExpressionFactoryImpl;
import jinjava.de.odysseus.el.tree.TreeBuilder;
import jinjava.javax.el.ExpressionFactory;

/**
 * Jinjava, set up for chat templates: our filters, tests, functions and loops, Python's
 * expressions, and nothing else. Of Jinjava's own library only what carries no risk and behaves as
 * Jinja2 is left enabled. Thread-safe.
 */
final class TemplateEngine extends Jinjava {
  /** The tags that a template may use. */
  static final Set<String> TAGS =
      Set.of(
          "if",
          "elif",
          "else",
          "endif",
          "for",
          "endfor",
          "break",
          "continue",
          "set",
          "endset",
          "macro",
          "endmacro",
          "generation",
          "endgeneration");

  static final TemplateEngine INSTANCE = new TemplateEngine();

  private final ExpressionFactory expressions;
  private final Map<Context.Library, Set<String>> disabled = new EnumMap<>(Context.Library.class);

  private TemplateEngine() {
    super(config(TemplateLimits.SOURCE_CHARS));
    Properties properties = new Properties();
    properties.setProperty(TreeBuilder.class.getName(), PythonSyntax.class.getName());
    expressions = new ExpressionFactoryImpl(properties, new PythonTypeConverter());
    setResourceLocator(
        (name, encoding, interpreter) -> {
          throw new ResourceNotFoundException("templates load no other templates");
        });
    register();
  }

  private void register() {
    Context global = getGlobalContext();
    // Made on the first look-up, which would be a write from a rendering.
    global.getGlobalMacros();
    disable(Context.Library.FILTER, global.getAllFilters(), TemplateFilters.all().keySet());
    disable(Context.Library.EXP_TEST, global.getAllExpTests(), TemplateTests.all().keySet());
    disable(Context.Library.TAG, global.getAllTags(), TAGS);
    TemplateFilters.all().values().forEach(global::registerFilter);
    TemplateTests.all().values().forEach(global::registerExpTest);
    global.registerTag(new IfStatement());
    global.registerTag(new ForStatement());
    global.registerTag(new SetStatement());
    global.registerTag(new MacroStatement());
    global.registerTag(new GenerationStatement());
  }

  private void disable(
      Context.Library library, Collection<? extends Importable> all, Set<String> but) {
    disabled.put(
        library,
        all.stream()
            .map(Importable::getName)
            .filter(name -> !but.contains(name))
            .collect(Collectors.toUnmodifiableSet()));
  }

  /** A fresh scope that knows {@code variables} and our library. */
  Context context(Map<String, Object> variables) {
    return new TemplateContext(getGlobalContext(), variables, disabled);
  }

  @Override
  public ExpressionFactory getExpressionFactory() {
    return expressions;
  }

  /** The settings for outputs of at most {@code maxChars} UTF-16 code units. */
  static JinjavaConfig config(int maxChars) {
    return JinjavaConfig.newBuilder()
        // Whitespace control has been applied by TemplateSource.
        .withTrimBlocks(false)
        .withLstripBlocks(false)
        .withKeepTrailingNewline(true)
        // Else Jinjava would run what a user wrote as a template of its own.
        .withNestedInterpretationEnabled(false)
        .withFailOnUnknownTokens(false)
        // Jinjava counts bytes here and characters there; TemplateInterpreter is exact.
        .withMaxOutputSize(4L * maxChars)
        .withMaxListSize(Integer.MAX_VALUE)
        .withMaxMapSize(Integer.MAX_VALUE)
        .withElResolver(new PythonResolver())
        .withProcessors(
            JinjavaProcessors.newBuilder()
                .withNodePreProcessor(
                    (node, interpreter) -> ((TemplateInterpreter) interpreter).step())
                .build())
        .withLegacyOverrides(
            LegacyOverrides.newBuilder()
                .withEvaluateMapKeys(true)
                .withIterateOverMapKeys(true)
                .withUseNaturalOperatorPrecedence(true)
                .withParseWhitespaceControlStrictly(true)
                .withKeepNullableLoopValues(true)
                .build())
        .build();
  }
}
