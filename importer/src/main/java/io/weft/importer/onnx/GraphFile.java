package io.weft.importer.onnx;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import io.weft.importer.error.ImportException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads an ONNX file of a stranger. The file is mapped, and weights ({@code raw_data} of
 * initializers) stay in it; all else becomes objects, which take many times the room of their
 * bytes, so their bytes are counted first.
 */
final class GraphFile {
  /** A graph of 48 layers has about 2 MB without its weights. */
  static final int MAX_STRUCTURE_BYTES = 8 << 20;

  private GraphFile() {}

  /**
   * The model in {@code file}.
   *
   * @throws ImportException when it is none, or too large
   */
  static OnnxMl.ModelProto read(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new ImportException(
            "%s has %,d bytes, an ONNX file has at most %,d; larger weights lie beside it"
                .formatted(file, channel.size(), Integer.MAX_VALUE));
      }
      ByteString bytes =
          UnsafeByteOperations.unsafeWrap(
              channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
      long structure = structureOfModel(open(bytes));
      if (structure > MAX_STRUCTURE_BYTES) {
        throw new ImportException(
            "%s has %,d bytes besides its weights, the limit is %,d"
                .formatted(file, structure, MAX_STRUCTURE_BYTES));
      }
      return OnnxMl.ModelProto.parseFrom(open(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new ImportException("%s is no ONNX file: %s".formatted(file, e.getMessage()), e);
    } catch (IOException e) {
      throw new ImportException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  private static CodedInputStream open(ByteString bytes) {
    CodedInputStream in = bytes.newCodedInput();
    in.enableAliasing(true);
    in.setSizeLimit(Integer.MAX_VALUE);
    return in;
  }

  private static long structureOfModel(CodedInputStream in) throws IOException {
    long structure = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      structure +=
          isMessage(tag, OnnxMl.ModelProto.GRAPH_FIELD_NUMBER)
              ? within(in, GraphFile::structureOfGraph)
              : skip(in, tag);
    }
    return structure;
  }

  private static long structureOfGraph(CodedInputStream in) throws IOException {
    long structure = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      structure +=
          isMessage(tag, OnnxMl.GraphProto.INITIALIZER_FIELD_NUMBER)
              ? within(in, GraphFile::structureOfTensor)
              : skip(in, tag);
    }
    return structure;
  }

  private static long structureOfTensor(CodedInputStream in) throws IOException {
    long structure = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      long size = skip(in, tag);
      structure += isMessage(tag, OnnxMl.TensorProto.RAW_DATA_FIELD_NUMBER) ? 1 : size;
    }
    return structure;
  }

  private static boolean isMessage(int tag, int field) {
    return WireFormat.getTagFieldNumber(tag) == field
        && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
  }

  private static long within(CodedInputStream in, Walk walk) throws IOException {
    int outer = in.pushLimit(in.readRawVarint32());
    long structure = walk.structure(in);
    in.popLimit(outer);
    // The message itself becomes an object too.
    return structure + 2;
  }

  private static long skip(CodedInputStream in, int tag) throws IOException {
    int start = in.getTotalBytesRead();
    in.skipField(tag);
    return 1L + in.getTotalBytesRead() - start;
  }

  /** Reads a message to its end and counts the bytes that become objects. */
  @FunctionalInterface
  private interface Walk {
    long structure(CodedInputStream in) throws IOException;
  }
}
