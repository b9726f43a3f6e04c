package io.weft.gateway.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlaceTest {
  @Test
  void reads() {
    assertThat(Place.parse("encoder.weft.svc:9002")).isEqualTo(new Place("encoder.weft.svc", 9002));
    assertThat(Place.parse("[::1]:65535")).isEqualTo(new Place("::1", 65535));
    assertThat(Place.parse("[::1]:1").authority()).isEqualTo("[::1]:1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "host | 'host' is no address, it must be host:port",
        ":9002 | ':9002' is no address, it must be host:port",
        "host: | 'host:' is no address, it must be host:port",
        "::1:9002 | '::1:9002' is no address, it must be host:port",
        "host:+1 | 'host:+1' is no address, it must be host:port",
        "host:0 | 'host:0' has the port 0, it must be 1 to 65,535",
        "host:65536 | 'host:65536' has the port 65,536, it must be 1 to 65,535"
      })
  void refuses(String text, String message) {
    assertThatThrownBy(() -> Place.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
