package io.weft.runtime.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a model runs: one of ONNX Runtime's <a
 * href="https://onnxruntime.ai/docs/execution-providers/">execution providers</a> on one device.
 *
 * @param setting the key that says so, for errors
 * @param provider which
 * @param id number of the GPU, 0 to 127; 0 for the CPU
 * @param memoryBytes bound on the GPU memory that ONNX Runtime takes for the model's arena, at
 *     least 1 MiB; {@link #NO_LIMIT} for none
 */
public record Device(String setting, Provider provider, int id, long memoryBytes) {
  /** No bound on the memory. */
  public static final long NO_LIMIT = 0;

  /** The CPU, which needs no setting. */
  public static final Device CPU = new Device("", Provider.CPU, 0, NO_LIMIT);

  private static final Pattern VALUE =
      Pattern.compile("([a-z]{1,16})(?::([0-9]{1,3})(?::([0-9]{1,9})([MG]))?)?");
  private static final int MOST_DEVICES = 128;

  /** How a model is run. */
  public enum Provider {
    CPU(OrtProvider.CPU),
    CUDA(OrtProvider.CUDA),
    TENSORRT(OrtProvider.TENSOR_RT);

    private final OrtProvider provider;

    Provider(OrtProvider provider) {
      this.provider = provider;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Reads {@code PROVIDER[:ID[:MEMORY]]}, such as {@code cpu}, {@code cuda}, {@code cuda:1} or
   * {@code tensorrt:0:8G}; the memory has the unit M or G.
   *
   * @throws IllegalArgumentException naming the setting, its value and what it may be
   */
  public static Device parse(String setting, String value) {
    Matcher parts = VALUE.matcher(value);
    if (!parts.matches()) {
      throw wrong(setting, value);
    }
    for (Provider provider : Provider.values()) {
      if (provider.toString().equals(parts.group(1))) {
        int id = parts.group(2) == null ? 0 : Integer.parseInt(parts.group(2));
        long unit = "G".equals(parts.group(4)) ? 1L << 30 : 1L << 20;
        long memory = parts.group(3) == null ? NO_LIMIT : Long.parseLong(parts.group(3)) * unit;
        boolean cpuWithDetails = provider == Provider.CPU && parts.group(2) != null;
        if (id >= MOST_DEVICES || cpuWithDetails || (parts.group(3) != null && memory == 0)) {
          throw wrong(setting, value);
        }
        return new Device(setting, provider, id, memory);
      }
    }
    throw wrong(setting, value);
  }

  /** Whether models run on the CPU. */
  public boolean isCpu() {
    return provider == Provider.CPU;
  }

  /**
   * Checks that this build of ONNX Runtime has the provider. Whether there is a GPU shows when the
   * first model is opened.
   *
   * @throws IllegalArgumentException naming the setting and what to do
   */
  public void check() {
    check(OrtEnvironment.getAvailableProviders());
  }

  void check(Set<OrtProvider> available) {
    if (!isCpu() && !available.contains(provider.provider)) {
      throw new IllegalArgumentException(
          ("%s is %s, but this build of ONNX Runtime has no %s execution provider, only %s."
                  + " Build Weft with Maven's profile cuda (mvn -Pcuda package), or set %s to cpu")
              .formatted(setting, this, provider, available, setting));
    }
  }

  /**
   * Has a session run here.
   *
   * @throws IllegalArgumentException naming the setting, when there is no such device
   */
  void addTo(SessionOptions options) {
    check();
    try {
      switch (provider) {
        case CPU -> {}
        case CUDA -> {
          try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(id)) {
            if (memoryBytes != NO_LIMIT) {
              cuda.add("gpu_mem_limit", Long.toString(memoryBytes));
            }
            options.addCUDA(cuda);
          }
        }
        case TENSORRT -> {
          try (OrtTensorRTProviderOptions tensorRt = new OrtTensorRTProviderOptions(id)) {
            if (memoryBytes != NO_LIMIT) {
              tensorRt.add("trt_max_workspace_size", Long.toString(memoryBytes));
            }
            options.addTensorrt(tensorRt);
          }
        }
      }
    } catch (OrtException e) {
      throw new IllegalArgumentException(
          "%s is %s, which cannot be used here: %s".formatted(setting, this, e.getMessage()), e);
    }
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    if (isCpu()) {
      return provider.toString();
    }
    String device = provider + ":" + id;
    return memoryBytes == NO_LIMIT ? device : device + ":" + (memoryBytes >> 20) + "M";
  }

  private static IllegalArgumentException wrong(String setting, String value) {
    return new IllegalArgumentException(
        ("%s is '%s', it must be cpu, or cuda or tensorrt with, if wanted, the GPU's number (0 to"
                + " 127) and the most memory: cuda:0:8G")
            .formatted(setting, value));
  }
}
