package io.weft.generator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.context.Context;
import io.weft.runtime.error.WeftException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FairQueueTest {
  private final FairQueue queue = new FairQueue();

  @Test
  void oneTenantIsServedInOrder() {
    Generation first = add("a", 3);
    Generation second = add("a", 3);

    assertThat(queue.next(_ -> true)).isSameAs(first);
    start(first);
    assertThat(queue.next(_ -> true)).isSameAs(second);
    start(second);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.next(_ -> true)).isNull();
  }

  @Test
  void tenantsTakeTurnsHoweverManyRequestsTheyHave() {
    for (int i = 0; i < 10; i++) {
      add("many", 5);
    }
    add("few", 5);
    add("few", 5);

    assertThat(startAll(5)).containsExactly("many", "few", "many", "few", "many");
  }

  @Test
  void shortPromptsCountLess() {
    for (int i = 0; i < 20; i++) {
      add("long", 40);
      add("short", 10);
    }

    assertThat(startAll(20).stream().filter("short"::equals)).hasSize(16);
  }

  @Test
  void whatIsGeneratedCountsTwice() {
    Generation a = add("a", 1);
    Generation b = add("b", 3);
    start(a);
    start(b);
    queue.generated(a, 10);
    queue.generated(b, 8);
    add("a", 1);
    add("b", 1);

    // a: 1 + 20, b: 3 + 16.
    assertThat(startAll(2)).containsExactly("b", "a");
  }

  @Test
  void nobodySavesUpByStayingAway() {
    Generation busy = add("busy", 1);
    start(busy);
    queue.generated(busy, 1_000);
    add("busy", 10);
    assertThat(startAll(1)).containsExactly("busy");
    add("busy", 10);
    add("busy", 10);
    add("busy", 10);
    for (int i = 0; i < 10; i++) {
      add("new", 2_100);
    }

    // The new one has its turn once, not until it has had 2,000 tokens more.
    assertThat(startAll(4)).containsExactly("new", "busy", "busy", "busy");
  }

  @Test
  void aRequestThatMayNotStartIsPassedBy() {
    Generation first = add("a", 90);
    Generation second = add("a", 3);

    assertThat(queue.next(waits -> waits.request().prompt().length() < 50)).isSameAs(second);
    start(second);
    assertThat(queue.next(_ -> true)).isSameAs(first);
  }

  @Test
  void whatHasEndedIsDropped() {
    Generation ended = add("a", 1);
    Generation other = add("b", 1);
    ended.fail(new WeftException.Cancelled("test"));
    queue.removeEnded();

    List<Generation> left = new ArrayList<>();
    queue.forEach(left::add);
    assertThat(left).containsExactly(other);
  }

  /** Otherwise a caller with ever new names would fill the memory. */
  @Test
  void tenantsWithoutWorkAreForgotten() {
    Generation generation = add("a", 1);
    start(generation);
    queue.left(generation);

    org.junit.jupiter.api.Assertions.assertThrows(
        IllegalStateException.class, () -> queue.left(generation));
  }

  private Generation add(String tenant, int promptTokens) {
    Generation generation =
        new Generation(
            Requests.of(tenant, Requests.greedy(1, new int[promptTokens])),
            new RecordingSink(),
            0,
            Generation.NO_DEADLINE,
            Context.root());
    queue.add(generation);
    return generation;
  }

  private void start(Generation generation) {
    generation.startNext(0);
    queue.started(generation, generation.request().prompt().length());
  }

  /** Tenants of the next requests, in the order in which they start. */
  private List<String> startAll(int count) {
    List<String> tenants = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Generation next = queue.next(_ -> true);
      start(next);
      tenants.add(next.request().tenant());
    }
    return tenants;
  }
}
