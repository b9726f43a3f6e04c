package io.weft.tokenizer.chat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code for} tag says.
 *
 * @param targets the loop variables
 * @param iterable expression for what to run over
 * @param condition expression that an element must satisfy; null without one
 */
record ForHeader(List<String> targets, String iterable, @Nullable String condition) {
  private static final Pattern HEADER =
      Pattern.compile("\\(?\\s*([\\w\\s,]+?)\\s*\\)?\\s+in\\s+(.*)", Pattern.DOTALL);

  static ForHeader parse(String code) {
    Matcher matcher = HEADER.matcher(code.strip());
    if (!matcher.matches()) {
      throw TemplateException.syntax("tag 'for' is not 'for ... in ...'");
    }
    List<String> targets = List.of(matcher.group(1).split("\\s*,\\s*", -1));
    targets.forEach(TagCode::name);
    String rest = matcher.group(2).strip();
    if (TagCode.word(rest, "recursive") >= 0) {
      throw TemplateException.syntax("recursive loops are not supported");
    }
    int condition = TagCode.word(rest, "if");
    return condition < 0
        ? new ForHeader(targets, TagCode.tuple(rest), null)
        : new ForHeader(
            targets,
            TagCode.tuple(rest.substring(0, condition).strip()),
            rest.substring(condition + 2).strip());
  }
}
