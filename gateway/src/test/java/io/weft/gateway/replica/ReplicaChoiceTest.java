package io.weft.gateway.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplicaChoiceTest {
  private final ReplicaChoice choice = new ReplicaChoice(1.5);
  private final Replica a = new Replica("a:1", () -> 0);
  private final Replica b = new Replica("b:1", () -> 0);
  private final Replica c = new Replica("c:1", () -> 0);
  private final List<Replica> all = List.of(a, b, c);

  @BeforeEach
  void connect() {
    for (Replica replica : all) {
      replica.setConnected(true);
      replica.answered(Set.of("m"));
    }
  }

  @Test
  void takesTurnsWhereAllHaveTheSameToDo() {
    Map<Replica, Integer> counts = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      counts.merge(choice.choose(all, Route.leastWork("m", 1)), 1, Integer::sum);
    }
    assertThat(counts).containsOnly(Map.entry(a, 100), Map.entry(b, 100), Map.entry(c, 100));
  }

  @Test
  void takesTheOneWithTheLeastWork() {
    a.begin(100);
    b.begin(3);
    b.begin(3);
    c.begin(7);
    assertThat(choice.choose(all, Route.leastWork("m", 1))).isEqualTo(b);
    a.end(100, Status.OK);
    assertThat(choice.choose(all, Route.leastWork("m", 1))).isEqualTo(a);
  }

  @Test
  void countsWhatOthersHaveGivenIt() {
    a.begin(2);
    a.answered(Set.of("m"), 5);
    b.begin(4);
    c.begin(6);
    assertThat(a.load()).isEqualTo(5);
    assertThat(choice.choose(all, Route.leastWork("m", 1))).isEqualTo(b);
    a.end(2, Status.OK);
    assertThat(a.load()).as("three of others").isEqualTo(3);
    assertThat(choice.choose(all, Route.leastWork("m", 1))).isEqualTo(a);
  }

  @Test
  void anotherAttemptGoesElsewhere() {
    Route route = Route.leastWork("m", 1);
    List<Replica> been = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Replica chosen = choice.choose(all, route);
      route.started(chosen);
      been.add(chosen);
    }
    assertThat(been).containsExactlyInAnyOrder(a, b, c);
    assertThat(choice.choose(all, route)).as("all were tried: any of them").isIn(all);
  }

  @Test
  void leavesOutWhatDoesNotServe() {
    a.silent();
    b.setConnected(false);
    b.setConnected(true);
    for (int i = 0; i < 10; i++) {
      c.begin(1);
      assertThat(choice.choose(all, Route.leastWork("m", 1))).isEqualTo(c);
    }
    c.silent();
    assertThat(choice.choose(all, Route.leastWork("m", 1))).as("none serves: any").isIn(a, b);
  }

  @Test
  void leavesOutWhatFails() {
    for (int i = 0; i < Circuit.FAILURES; i++) {
      a.begin(1);
      a.end(1, Status.INTERNAL);
      b.begin(1);
      b.end(1, Status.RESOURCE_EXHAUSTED);
      c.begin(1);
      c.end(1, Status.CANCELLED);
    }
    c.begin(9);
    for (int i = 0; i < 10; i++) {
      assertThat(choice.choose(all, Route.leastWork("m", 1)))
          .as("a failed; b was asked too much, which is no failure")
          .isEqualTo(b);
    }
  }

  @Test
  void goesWhereTheModelIs() {
    c.answered(Set.of("m", "other"));
    c.begin(50);
    assertThat(choice.choose(all, Route.leastWork("other", 1))).isEqualTo(c);
    Route again = Route.leastWork("other", 1);
    again.started(c);
    assertThat(choice.choose(all, again)).as("nobody else has it").isEqualTo(c);
  }

  @Test
  void followsThePrefixUntilItsHolderHasTooMuch() {
    int[] first = tokens(1, 40);
    Replica holder = choice.choose(all, prefix("", first));
    int[] second = java.util.Arrays.copyOf(first, 90);
    for (int i = 0; i < 10; i++) {
      assertThat(choice.choose(all, prefix("", second))).isEqualTo(holder);
    }
    holder.begin(1);
    assertThat(choice.choose(all, prefix("", second))).as("1 <= 1 + 1.5 / 3").isEqualTo(holder);
    holder.begin(2);
    Replica other = choice.choose(all, prefix("", second));
    assertThat(other).as("3 > 1 + 1.5 * 3 / 3").isNotEqualTo(holder);
    holder.end(3, Status.OK);
    assertThat(choice.choose(all, prefix("", second))).as("which holds it now").isEqualTo(other);
  }

  @Test
  void tenantsAndModelsHavePrefixesOfTheirOwn() {
    int[] tokens = tokens(2, 64);
    Replica holder = choice.choose(all, prefix("x", tokens));
    holder.begin(1);
    assertThat(choice.choose(all, prefix("y", tokens))).isNotEqualTo(holder);
    assertThat(choice.choose(all, prefix("x", tokens))).isEqualTo(holder);
  }

  @Test
  void aReplicaThatIsGoneHoldsNothing() {
    int[] tokens = tokens(3, 64);
    Replica holder = choice.choose(all, prefix("", tokens));
    List<Replica> others = all.stream().filter(replica -> replica != holder).toList();
    assertThat(choice.choose(others, prefix("", tokens))).isIn(others);
  }

  /** Chats of two turns over three busy generators. */
  @Test
  void nineOfTenSecondTurnsComeBack() {
    Random random = new Random(7);
    int back = 0;
    List<Replica> busy = new ArrayList<>();
    for (int chat = 0; chat < 1_000; chat++) {
      int[] first = tokens(chat + 100, 30 + random.nextInt(400));
      Replica holder = choice.choose(all, prefix("", first));
      holder.begin(1);
      busy.add(holder);
      // Meanwhile some of eight running ones end, in any order.
      while (busy.size() > 8) {
        busy.remove(random.nextInt(busy.size())).end(1, Status.OK);
      }
      int[] second = java.util.Arrays.copyOf(first, first.length + 60);
      if (choice.choose(all, prefix("", second)) == holder) {
        back++;
      }
    }
    assertThat(back).isGreaterThanOrEqualTo(900);
  }

  private static Route prefix(String tenant, int... tokens) {
    Prefix.Builder prefix = new Prefix.Builder("m", tenant);
    for (int token : tokens) {
      prefix.add(token);
    }
    return Route.byPrefix("m", 1, prefix.build());
  }

  private static int[] tokens(long seed, int count) {
    return new Random(seed).ints(count, 0, 32_000).toArray();
  }
}
