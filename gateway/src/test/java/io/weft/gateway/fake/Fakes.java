package io.weft.gateway.fake;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.gateway.Http;
import io.weft.proto.generator.v1.GenerateRequest;
import io.weft.proto.tokenizer.v1.ToolCallForm;
import java.net.URI;

/** All fakes together. */
public final class Fakes {
  private Fakes() {}

  /** Back to the behaviour that each test starts from, with all backends known to the gateway. */
  public static void reset(URI base) {
    reset();
    // That it is ready is not enough: it is, too, before it has heard of one of the two workers.
    Http.await("the backends", () -> !Http.get(base, "/health").body().contains("\"down: "));
  }

  /** Back to that behaviour, where not all backends are there. */
  public static void reset() {
    FakeTokenizer.hang = null;
    FakeTokenizer.lastChat = null;
    FakeTokenizer.toolCallForm = ToolCallForm.TOOL_CALL_FORM_TAGGED;
    FakeTokenizer.toolCallMarksSpecial = false;
    FakeEncoder.failure = null;
    FakeEncoder.hang = null;
    FakeEncoder.calls.set(0);
    FakeGenerator.onCancel = () -> {};
    FakeGenerator.script = FakeGenerator.say("Hello", " there");
    FakeGenerator.REQUESTS.clear();
  }

  /** The only request that the generator got. */
  public static GenerateRequest generated() {
    assertThat(FakeGenerator.REQUESTS).hasSize(1);
    return FakeGenerator.REQUESTS.getFirst();
  }
}
