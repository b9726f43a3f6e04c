package io.weft.runtime.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtProvider;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceTest {
  private static final String KEY = "weft.generator.device";

  @ParameterizedTest
  @CsvSource({
    "cpu, CPU, 0, 0, cpu",
    "cuda, CUDA, 0, 0, cuda:0",
    "cuda:3, CUDA, 3, 0, cuda:3",
    "cuda:127:1M, CUDA, 127, 1048576, cuda:127:1M",
    "tensorrt:1:8G, TENSORRT, 1, 8589934592, tensorrt:1:8192M"
  })
  void readsProviderNumberAndMemory(
      String value, Device.Provider provider, int id, long memory, String shown) {
    Device device = Device.parse(KEY, value);

    assertThat(device).isEqualTo(new Device(KEY, provider, id, memory));
    assertThat(device).hasToString(shown);
    assertThat(Device.parse(KEY, shown)).isEqualTo(device);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "gpu",
        "CUDA",
        "cuda:",
        "cuda:-1",
        "cuda:128",
        "cuda:0:0G",
        "cuda:0:8",
        "cuda:0:8T",
        "cuda::8G",
        "cpu:0",
        "cuda:0:8G:",
        "cuda:0:9999999999G"
      })
  void refusesAnythingElseByName(String value) {
    assertThatThrownBy(() -> Device.parse(KEY, value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(KEY + " is '" + value + "', it must be cpu, or cuda or tensorrt");
  }

  @Test
  void refusesProvidersThatTheLibraryLacks() {
    Device device = Device.parse(KEY, "cuda:1");

    assertThatThrownBy(() -> device.check(EnumSet.of(OrtProvider.CPU)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "weft.generator.device is cuda:1, but this build of ONNX Runtime has no cuda execution"
                + " provider, only [CPU]. Build Weft with Maven's profile cuda (mvn -Pcuda"
                + " package), or set weft.generator.device to cpu");
    device.check(EnumSet.of(OrtProvider.CPU, OrtProvider.CUDA));
    Device.CPU.check(EnumSet.noneOf(OrtProvider.class));
  }
}
