package io.weft.tokenizer.chat;

/** Upper and lower case, letters and digits as Python's {@code str} has them. */
final class PythonCase {
  /** Unicode's Numeric_Type "Digit", from and to: superscripts, in circles and the like. */
  private static final int[] OTHER_DIGITS = {
    0xb2, 0xb3, 0xb9, 0xb9, 0x1369, 0x1371, 0x19da, 0x19da, 0x2070, 0x2070, 0x2074, 0x2079, 0x2080,
    0x2089, 0x2460, 0x2468, 0x2474, 0x247c, 0x2488, 0x2490, 0x24ea, 0x24ea, 0x24f5, 0x24fd, 0x24ff,
    0x24ff, 0x2776, 0x277e, 0x2780, 0x2788, 0x278a, 0x2792, 0x10a40, 0x10a43, 0x10e60, 0x10e68,
    0x11052, 0x1105a, 0x1f100, 0x1f10a
  };

  private PythonCase() {}

  /** {@code str.capitalize}. */
  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    String first = text.substring(0, text.offsetByCodePoints(0, 1));
    // What is last in a word may depend on what is before it.
    return titleCase(first)
        + PythonMethods.lower(text).substring(PythonMethods.lower(first).length());
  }

  /** {@code str.title}: a word begins where no letter with a case stands before. */
  static String title(String text) {
    StringBuilder title = new StringBuilder(text.length());
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      String letter = Character.toString(c);
      title.append(inWord ? PythonMethods.lower(letter) : titleCase(letter));
      inWord = hasCase(c);
    }
    return title.toString();
  }

  /** A first letter; one that becomes several, such as the German sharp s, is {@code Ss}. */
  private static String titleCase(String letter) {
    int c = letter.codePointAt(0);
    int title = Character.toTitleCase(c);
    String upper = PythonMethods.upper(letter);
    if (title != c || upper.codePointCount(0, upper.length()) == 1) {
      return Character.toString(title);
    }
    int place = 0;
    while (place < upper.length() && !hasCase(upper.codePointAt(place))) {
      place = upper.offsetByCodePoints(place, 1);
    }
    int rest = place < upper.length() ? upper.offsetByCodePoints(place, 1) : place;
    return upper.substring(0, rest) + PythonMethods.lower(upper.substring(rest));
  }

  /** {@code str.casefold}. */
  static String fold(String text) {
    StringBuilder folded = new StringBuilder(text.length());
    text.codePoints()
        .mapToObj(Character::toString)
        .map(c -> c.equals("\u0131") ? c : PythonMethods.lower(PythonMethods.upper(c)))
        .forEach(folded::append);
    return folded.toString();
  }

  /** {@code str.islower}: there is a letter with a case, and none of another. */
  static boolean isLower(String text) {
    return text.codePoints().anyMatch(Character::isLowerCase)
        && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
  }

  /** {@code str.isupper}. */
  static boolean isUpper(String text) {
    return text.codePoints().anyMatch(Character::isUpperCase)
        && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
  }

  /** A decimal digit, or one of another kind such as a superscript. */
  static boolean isDigit(int c) {
    if (Character.isDigit(c)) {
      return true;
    }
    for (int i = 0; i < OTHER_DIGITS.length; i += 2) {
      if (c >= OTHER_DIGITS[i] && c <= OTHER_DIGITS[i + 1]) {
        return true;
      }
    }
    return false;
  }

  static boolean isAlphanumeric(int c) {
    return Character.isLetterOrDigit(c)
        || Character.getType(c) == Character.OTHER_NUMBER
        || Character.getType(c) == Character.LETTER_NUMBER;
  }

  private static boolean hasCase(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }
}
