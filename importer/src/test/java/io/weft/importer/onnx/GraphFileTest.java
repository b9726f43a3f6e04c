package io.weft.importer.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import io.weft.importer.error.ImportException;
import io.weft.importer.testing.TinyExports;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphFileTest {
  @TempDir Path temp;

  @Test
  void weightsStayInTheFile() throws IOException {
    int size = 200 << 20;
    OnnxMl.ModelProto small =
        OnnxMl.ModelProto.newBuilder()
            .setGraph(
                OnnxMl.GraphProto.newBuilder()
                    .addInitializer(OnnxMl.TensorProto.newBuilder().setName("w")))
            .build();
    // The same message by hand around a hole of 200 MB, so that the test does not hold it either.
    Path file = write(small, size);

    long before = allocated();
    OnnxMl.ModelProto read = GraphFile.read(file);

    assertThat(allocated() - before).isLessThan(4 << 20);
    assertThat(read.getGraph().getInitializer(0).getRawData().size()).isEqualTo(size);
  }

  /** A model whose one initializer, besides its name, has {@code size} zero bytes of raw data. */
  private Path write(OnnxMl.ModelProto model, int size) throws IOException {
    ByteString tensor = model.getGraph().getInitializer(0).toByteString();
    int rawField = OnnxMl.TensorProto.RAW_DATA_FIELD_NUMBER << 3 | 2;
    int initializerField = OnnxMl.GraphProto.INITIALIZER_FIELD_NUMBER << 3 | 2;
    int graphField = OnnxMl.ModelProto.GRAPH_FIELD_NUMBER << 3 | 2;
    ByteString rawHead = varint(rawField).concat(varint(size));
    int tensorSize = tensor.size() + rawHead.size() + size;
    ByteString tensorHead = varint(initializerField).concat(varint(tensorSize));
    ByteString graphHead = varint(graphField).concat(varint(tensorHead.size() + tensorSize));
    ByteString head = graphHead.concat(tensorHead).concat(tensor).concat(rawHead);
    Path file = temp.resolve("large.onnx");
    Files.write(file, head.toByteArray());
    try (RandomAccessFile grown = new RandomAccessFile(file.toFile(), "rw")) {
      grown.setLength((long) head.size() + size);
    }
    return file;
  }

  private static ByteString varint(int value) {
    ByteString.Output out = ByteString.newOutput();
    int left = value;
    while (left > 0x7f) {
      out.write(left & 0x7f | 0x80);
      left >>>= 7;
    }
    out.write(left);
    return out.toByteString();
  }

  @Test
  void manySmallObjectsAreRefusedBeforeTheyAreMade() throws IOException {
    refused(OnnxMl.GraphProto.NODE_FIELD_NUMBER);
    refused(OnnxMl.GraphProto.INITIALIZER_FIELD_NUMBER);
  }

  /** A graph of 4.5 million empty messages in this field. */
  private void refused(int field) throws IOException {
    byte[] graph = new byte[9_000_000];
    for (int i = 0; i < graph.length; i += 2) {
      graph[i] = (byte) (field << 3 | 2);
    }
    int graphField = OnnxMl.ModelProto.GRAPH_FIELD_NUMBER << 3 | 2;
    ByteString head = varint(graphField).concat(varint(graph.length));
    Path file = temp.resolve("many.onnx");
    Files.write(file, head.concat(ByteString.copyFrom(graph)).toByteArray());
    long before = allocated();
    assertThatThrownBy(() -> GraphFile.read(file))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("bytes besides its weights, the limit is 8,388,608");
    assertThat(allocated() - before).isLessThan(4 << 20);
  }

  @Test
  void whatIsNoGraphIsSaidToBeNone() throws IOException {
    Path file = Files.writeString(temp.resolve("text.onnx"), "no protobuf at all");
    assertThatThrownBy(() -> GraphFile.read(file))
        .isInstanceOf(ImportException.class)
        .hasMessageContaining("text.onnx is no ONNX file");
  }

  @Test
  void mutatedFilesGiveTheDocumentedErrorOnly() throws IOException {
    Path good = TinyExports.checkpoint("int8.onnx", temp).resolve("model.onnx");
    byte[] bytes = Files.readAllBytes(good);
    Path file = temp.resolve("mutated.onnx");
    Random random = new Random(5);
    int refused = 0;
    for (int i = 0; i < 200; i++) {
      byte[] mutated = bytes.clone();
      for (int j = 0; j <= random.nextInt(8); j++) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
      }
      Files.write(file, mutated);
      try {
        ExportedGraph.read(file);
      } catch (ImportException expected) {
        refused++;
      }
    }
    assertThat(refused).isBetween(20, 199);
    assertThatCode(() -> ExportedGraph.read(good)).doesNotThrowAnyException();
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }
}
