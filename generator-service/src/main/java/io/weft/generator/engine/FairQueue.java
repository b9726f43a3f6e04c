package io.weft.generator.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait for slots, fair between tenants: the next one is of the tenant that was served
 * the least, and among a tenant's own requests the first that came. Service is counted in tokens, a
 * prompt's when it starts and twice those generated, as they come (the virtual token counter of
 * Sheng et al., Fairness in Serving Large Language Models, OSDI 2024). A tenant that comes, or
 * comes back, begins where the tenants that wait are: nobody saves up by staying away.
 *
 * <p>Tenants without work are forgotten, so that there are never more of them than requests. The
 * queue has no bound of its own: what is added was admitted. Mutable; belongs to the engine's
 * thread.
 */
final class FairQueue {
  /** A token generated costs about as much as two tokens of a prompt. */
  private static final int GENERATED = 2;

  /** What is known of a tenant that has work. */
  private static final class Account {
    /** Requests with sequences that have not begun, in order of arrival. */
    final Deque<Generation> waiting = new ArrayDeque<>();

    /** Sequences that hold slots. */
    int running;

    /** Tokens, weighted. */
    long served;
  }

  /** By tenant, in order of arrival, which decides between those that were served alike. */
  private final Map<String, Account> accounts = new LinkedHashMap<>();

  /** What the tenant that started last had been served by then. */
  private long floor;

  void add(Generation generation) {
    Account account = accounts.computeIfAbsent(generation.request().tenant(), _ -> new Account());
    if (account.waiting.isEmpty()) {
      account.served = Math.max(account.served, floor);
    }
    account.waiting.addLast(generation);
  }

  boolean isEmpty() {
    return accounts.values().stream().allMatch(account -> account.waiting.isEmpty());
  }

  /** All that wait. */
  void forEach(Consumer<Generation> action) {
    accounts.values().forEach(account -> account.waiting.forEach(action));
  }

  /**
   * The request whose turn it is, among those that may start now; null when there is none. It stays
   * in the queue until {@link #started}.
   */
  @Nullable Generation next(Predicate<Generation> mayStart) {
    Generation next = null;
    long least = Long.MAX_VALUE;
    for (Account account : accounts.values()) {
      if (account.served < least) {
        Generation first = first(account, mayStart);
        if (first != null) {
          next = first;
          least = account.served;
        }
      }
    }
    return next;
  }

  /**
   * A sequence of a request that waited has got a slot.
   *
   * @param promptTokens tokens of its prompt that are to be prefilled
   */
  void started(Generation generation, int promptTokens) {
    Account account = account(generation);
    floor = Math.max(floor, account.served);
    account.served += promptTokens;
    account.running++;
    if (!generation.hasUnstarted()) {
      account.waiting.remove(generation);
    }
  }

  /** Tokens were generated. */
  void generated(Generation generation, int tokens) {
    account(generation).served += (long) GENERATED * tokens;
  }

  /** A sequence has left its slot. */
  void left(Generation generation) {
    Account account = account(generation);
    account.running--;
    if (account.running == 0 && account.waiting.isEmpty()) {
      accounts.remove(generation.request().tenant());
    }
  }

  /** Drops what has ended while it waited. */
  void removeEnded() {
    Iterator<Account> all = accounts.values().iterator();
    while (all.hasNext()) {
      Account account = all.next();
      account.waiting.removeIf(Generation::isEnded);
      if (account.running == 0 && account.waiting.isEmpty()) {
        all.remove();
      }
    }
  }

  private static @Nullable Generation first(Account account, Predicate<Generation> mayStart) {
    for (Generation generation : account.waiting) {
      if (mayStart.test(generation)) {
        return generation;
      }
    }
    return null;
  }

  private Account account(Generation generation) {
    Account account = accounts.get(generation.request().tenant());
    if (account == null) {
      throw new IllegalStateException("a tenant without work");
    }
    return account;
  }
}
