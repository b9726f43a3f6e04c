package io.weft.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TenantTest {
  @Test
  void isTheHashOfTheToken() {
    // printf %s sk-1 | sha256sum
    assertThat(Tenant.of("Bearer sk-1"))
        .isEqualTo("0f2c10bf3d128c719c6bfa4ecbae94b7fceebaea6e4438fef38a90e5acc326f3");
    assertThat(Tenant.of("bearer  sk-1 ")).isEqualTo(Tenant.of("Bearer sk-1"));
    assertThat(Tenant.of("Bearer sk-2")).isNotEqualTo(Tenant.of("Bearer sk-1"));
  }

  @Test
  void isNobodyWithoutAToken() {
    assertThat(Tenant.of(null)).isEmpty();
    assertThat(Tenant.of("Bearer ")).isEmpty();
    assertThat(Tenant.of("Basic c2stMQ==")).isEmpty();
  }
}
