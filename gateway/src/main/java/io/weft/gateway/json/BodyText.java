package io.weft.gateway.json;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackReader;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** The text of a body, which is UTF-8. */
final class BodyText {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private BodyText() {}

  /**
   * The text, without the byte order mark that some programs put before it. Bytes that are no UTF-8
   * fail: Jackson's own decoder takes overlong and other such forms.
   */
  static Reader of(InputStream body) throws IOException {
    PushbackReader text =
        new PushbackReader(
            new InputStreamReader(
                body,
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)));
    int first = text.read();
    if (first >= 0 && first != BYTE_ORDER_MARK) {
      text.unread(first);
    }
    return text;
  }
}
