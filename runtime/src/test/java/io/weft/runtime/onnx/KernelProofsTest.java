package io.weft.runtime.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.weft.runtime.onnx.QuantizedKernel.Operator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KernelProofsTest {
  @TempDir Path temp;

  /** Kernels that the importer writes: they have to be right wherever this runs. */
  static Stream<QuantizedKernel> writtenKernels() {
    List<QuantizedKernel> kernels = new ArrayList<>();
    for (int k : new int[] {64, 80, 576}) {
      for (int bits : new int[] {4, 8}) {
        kernels.add(matMul(k, 70, bits, false, 4));
        kernels.add(matMul(k, 3, bits, false, 4));
      }
      kernels.add(matMul(k, 70, 4, false, 0));
      kernels.add(dynamic(k, true, true));
      kernels.add(integers(k));
      kernels.add(dynamic(k, false, false));
    }
    kernels.add(gather(64, 8, false));
    kernels.add(gather(576, 4, false));
    return kernels.stream();
  }

  @ParameterizedTest
  @MethodSource("writtenKernels")
  void kernelsThatTheImporterWritesAreRight(QuantizedKernel kernel) {
    KernelProof proof = new KernelProof(new KernelSample(kernel), KernelProof::exact);

    assertThat(proof.error(new KernelSample(kernel).graph())).isLessThanOrEqualTo(1);
  }

  static Stream<QuantizedKernel> allKernels() {
    return Stream.concat(
        writtenKernels(),
        Stream.of(
            matMul(96, 40, 4, true, 4),
            matMul(80, 40, 4, true, 4),
            matMul(96, 40, 8, true, 4),
            gather(96, 8, true),
            gather(96, 4, true),
            dynamic(96, true, false)));
  }

  /** The replacements too are held against the reference; each kind for each kernel. */
  @ParameterizedTest
  @MethodSource("allKernels")
  void replacementsAreRight(QuantizedKernel kernel) {
    KernelSample sample = new KernelSample(kernel);
    KernelProof proof = new KernelProof(sample, KernelProof::exact);
    for (Remedy remedy : GraphPatch.remedies(kernel)) {
      GraphProto patched = GraphPatch.apply(sample.graph(), same -> remedy);
      assertThat(patched).isNotEqualTo(sample.graph());
      assertThat(proof.error(patched)).as(remedy.toString()).isLessThanOrEqualTo(1);
    }
  }

  /** ONNX Runtime warns of constants that nothing reads, once for each proof. */
  @ParameterizedTest
  @MethodSource("allKernels")
  void aProofHasNoConstantThatNothingReads(QuantizedKernel kernel) {
    GraphProto graph = new KernelSample(kernel).graph();

    assertThat(graph.getNodeList().stream().flatMap(node -> node.getInputList().stream()))
        .containsAll(graph.getInitializerList().stream().map(TensorProto::getName).toList());
  }

  @Test
  void aPartOfTheErrorsThatWereSeenIsFound() {
    QuantizedKernel kernel = matMul(576, 70, 4, false, 4);
    KernelProof fiveHundredths =
        new KernelProof(new KernelSample(kernel), sample -> scaled(sample, 1.05f));
    KernelProof oneWrongOutput =
        new KernelProof(
            new KernelSample(kernel),
            sample -> {
              float[] products = KernelProof.exact(sample);
              products[69] *= 1.4f;
              return products;
            });

    assertThat(fiveHundredths.error(new KernelSample(kernel).graph())).isGreaterThan(1);
    assertThat(oneWrongOutput.error(new KernelSample(kernel).graph())).isGreaterThan(1);
  }

  /** A kernel that is called broken here is computed otherwise, with the same weights. */
  @ParameterizedTest
  @MethodSource("allKernels")
  void aWrongKernelIsReplacedAndTheResultStays(QuantizedKernel kernel) throws Exception {
    KernelSample sample = new KernelSample(kernel);
    Path graph = writeModel(sample);
    float[] right = run(graph, sample, new KernelProofs(KernelProofsTest::noneIsBroken));
    for (Remedy remedy : GraphPatch.remedies(kernel)) {
      KernelProofs proofs =
          new KernelProofs(
              (proof, candidate) ->
                  candidate.equals(GraphPatch.apply(sample.graph(), same -> remedy))
                      ? proof.error(candidate)
                      : 460);

      float[] replaced = run(graph, sample, proofs);

      assertThat(proofs.replaced()).containsExactly(Map.entry(kernel.toString(), 1));
      float largest = 0;
      for (float value : right) {
        largest = Math.max(largest, Math.abs(value));
      }
      // What rounding the activations costs at most; signed bytes really are broken on some.
      if (!kernel.signed() || kernel.pairRange()) {
        assertThat(replaced).containsExactly(right, Offset.offset(largest / 50));
      }
      SimpleMeterRegistry registry = new SimpleMeterRegistry();
      KernelMetrics.register(registry, proofs);
      assertThat(
              registry.get("weft.kernel.replaced").tag("kernel", kernel.toString()).gauge().value())
          .isEqualTo(1);
    }
  }

  /** A proof runs whenever a service starts, once for each shape. */
  @Test
  void aProofTakesMilliseconds() {
    QuantizedKernel kernel = matMul(1536, 64, 4, false, 4);
    proofNs(kernel);
    long ns = Math.min(proofNs(kernel), Math.min(proofNs(kernel), proofNs(kernel)));
    System.out.printf("a proof of %s takes %.1f ms%n", kernel, ns / 1e6);
    assertThat(ns / 1_000_000).isLessThan(500);
  }

  private static long proofNs(QuantizedKernel kernel) {
    long start = System.nanoTime();
    KernelSample sample = new KernelSample(kernel);
    assertThat(new KernelProof(sample, KernelProof::exact).error(sample.graph()))
        .isLessThanOrEqualTo(1);
    return System.nanoTime() - start;
  }

  @Test
  void aKernelIsProvenOnceAndRightOnesAreLeftAlone() throws Exception {
    KernelSample sample = new KernelSample(matMul(96, 64, 4, false, 4));
    Path graph = writeModel(sample);
    int[] trials = {0};
    KernelProofs proofs =
        new KernelProofs(
            (proof, candidate) -> {
              trials[0]++;
              return proof.error(candidate);
            });
    run(graph, sample, proofs);
    run(graph, sample, proofs);

    assertThat(trials[0]).isEqualTo(1);
    assertThat(proofs.replaced()).isEmpty();
  }

  @Test
  void withoutARightReplacementTheModelIsRefused() throws Exception {
    Path graph = writeModel(new KernelSample(matMul(96, 64, 4, false, 4)));
    KernelProofs proofs = new KernelProofs((proof, candidate) -> 2);

    assertThatThrownBy(() -> OnnxSessions.open(graph, 1, proofs))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MatMulNBits K=96")
        .hasMessageContaining("so is every replacement");
  }

  /** Writes a graph whose weights lie in a file beside it, as the importer does. */
  private Path writeModel(KernelSample sample) throws IOException {
    GraphProto.Builder graph = sample.graph().toBuilder();
    ByteArrayOutputStream weights = new ByteArrayOutputStream();
    for (TensorProto.Builder tensor : graph.getInitializerBuilderList()) {
      byte[] content = tensor.getRawData().toByteArray();
      tensor
          .clearRawData()
          .setDataLocation(TensorProto.DataLocation.EXTERNAL)
          .addExternalData(entry("location", "model.bin"))
          .addExternalData(entry("offset", Integer.toString(weights.size())))
          .addExternalData(entry("length", Integer.toString(content.length)));
      weights.write(content);
      weights.write(new byte[4096 - content.length % 4096]);
    }
    Files.write(temp.resolve("model.bin"), weights.toByteArray());
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(10)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(21))
            .addOpsetImport(
                OperatorSetIdProto.newBuilder().setDomain("com.microsoft").setVersion(1))
            .setGraph(graph)
            .build();
    return Files.write(temp.resolve("model.onnx"), model.toByteArray());
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private static float[] run(Path graph, KernelSample sample, KernelProofs proofs)
      throws Exception {
    QuantizedKernel kernel = sample.kernel();
    boolean gathers = kernel.operator() == Operator.GATHER_BLOCK_QUANTIZED;
    try (OrtSession session = OnnxSessions.open(graph, 1, proofs);
        OnnxTensor x =
            gathers
                ? OnnxTensor.createTensor(OnnxSessions.environment(), new long[] {3, 0, 7})
                : OnnxTensor.createTensor(
                    OnnxSessions.environment(),
                    FloatBuffer.wrap(sample.inputs()),
                    new long[] {KernelSample.ROWS, kernel.k()});
        OrtSession.Result result = session.run(Map.of("x", x))) {
      FloatBuffer found = ((OnnxTensor) result.get(0)).getFloatBuffer();
      float[] values = new float[found.remaining()];
      found.get(values);
      return values;
    }
  }

  private static double noneIsBroken(KernelProof proof, GraphProto candidate) {
    return 0;
  }

  private static float[] scaled(KernelSample sample, float factor) {
    float[] products = KernelProof.exact(sample);
    for (int i = 0; i < products.length; i++) {
      products[i] *= factor;
    }
    return products;
  }

  static QuantizedKernel matMul(int k, int n, int bits, boolean zeroPoints, int level) {
    return new QuantizedKernel(
        Operator.MATMUL_NBITS, k, n, bits, 32, zeroPoints, level, false, false);
  }

  static QuantizedKernel gather(int k, int bits, boolean zeroPoints) {
    return new QuantizedKernel(
        Operator.GATHER_BLOCK_QUANTIZED, k, 20, bits, 32, zeroPoints, 0, false, false);
  }

  static QuantizedKernel dynamic(int k, boolean signed, boolean pairRange) {
    return new QuantizedKernel(
        Operator.DYNAMIC_QUANTIZE_MATMUL, k, 50, 8, k, true, 4, signed, pairRange);
  }

  static QuantizedKernel integers(int k) {
    return new QuantizedKernel(Operator.MATMUL_INTEGER_TO_FLOAT, k, 50, 8, k, false, 4, true, true);
  }
}
