package io.weft.gateway.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.runtime.error.WeftException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeysTest {
  private final ApiKeys open = new ApiKeys.Open();
  private final ApiKeys closed =
      new ApiKeys.Closed(List.of(key("alice", "weft-a"), key("bob", "weft-b")));

  private static ApiKeys.Key key(String name, String key) {
    return new ApiKeys.Key(
        new KeysFile.Entry(name, Hashes.sha256(key), KeyLimits.NONE), Quota.UNLIMITED);
  }

  @Test
  void aKeysNameIsTheTenant() {
    assertThat(closed.caller("Bearer weft-a").tenant()).isEqualTo("alice");
    assertThat(closed.caller("bearer  weft-b ").tenant()).isEqualTo("bob");
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "Bearer", "Bearer ", "Basic d2VmdC1h", "weft-a"})
  void whoShowsNoKeyIsRefused(String authorization) {
    assertThatThrownBy(() -> closed.caller(authorization))
        .isInstanceOf(WeftException.Unauthenticated.class)
        .hasMessage("no API key was given: send the header 'Authorization: Bearer KEY'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"weft-c", "weft-", "weft-ab", "WEFT-A", "alice", "weft-a weft-b"})
  void whoShowsAnotherKeyIsRefused(String key) {
    assertThatThrownBy(() -> closed.caller("Bearer " + key))
        .isInstanceOf(WeftException.Unauthenticated.class)
        .hasMessage("the API key that was given is not known");
  }

  @Test
  void withoutKeysATokensHashTellsCallersApart() {
    // printf %s sk-1 | sha256sum
    assertThat(open.caller("Bearer sk-1").tenant())
        .isEqualTo("0f2c10bf3d128c719c6bfa4ecbae94b7fceebaea6e4438fef38a90e5acc326f3");
    assertThat(open.caller("bearer  sk-1 ")).isEqualTo(open.caller("Bearer sk-1"));
    assertThat(open.caller("Bearer sk-2")).isNotEqualTo(open.caller("Bearer sk-1"));
    assertThat(open.caller(null).tenant()).isEmpty();
    assertThat(open.caller("Bearer ").tenant()).isEmpty();
    assertThat(open.caller("Basic c2stMQ==").tenant()).isEmpty();
  }
}
