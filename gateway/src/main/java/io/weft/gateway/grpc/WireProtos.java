package io.weft.gateway.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Messages as they came, before protobuf makes objects of them: two bytes can be a message within,
 * which takes some hundred in memory.
 */
final class WireProtos {
  /** Protobuf reads no deeper. */
  private static final int MAX_DEPTH = 100;

  private WireProtos() {}

  /** The bytes of one message. */
  static final class Bytes extends ByteArrayInputStream implements KnownLength {
    private final @Nullable Status refusal;

    Bytes(byte[] bytes) {
      this(bytes, null);
    }

    private Bytes(byte[] bytes, @Nullable Status refusal) {
      super(bytes);
      this.refusal = refusal;
    }

    /** Why gRPC does not give the message, such as one that is too large once decompressed. */
    @Nullable Status refusal() {
      return refusal;
    }

    /** A view of them. */
    CodedInputStream coded() {
      return CodedInputStream.newInstance(buf, pos, count - pos);
    }
  }

  /** The same service, whose interceptors see {@link Bytes} in place of messages. */
  static ServerServiceDefinition of(ServerServiceDefinition service) {
    return ServerInterceptors.useMarshalledMessages(
        service,
        new Marshaller<Bytes>() {
          @Override
          public InputStream stream(Bytes value) {
            return value;
          }

          @Override
          public Bytes parse(InputStream stream) {
            try {
              return new Bytes(stream.readAllBytes());
            } catch (StatusRuntimeException e) {
              // Thrown from here it would end the call as UNKNOWN, and with a stack trace in the
              // log.
              return new Bytes(new byte[0], e.getStatus());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        });
  }

  /** A message of a service that {@link #of} made. */
  static Bytes bytes(Object message) {
    if (!(message instanceof Bytes bytes)) {
      throw new IllegalStateException("a service of the gateway without WireProtos");
    }
    return bytes;
  }

  /** How many messages there are within a request of a method. */
  static int count(Bytes request, MethodDescriptor<?, ?> method) {
    if (!(method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier proto)) {
      throw new IllegalStateException("a method that is not of protobuf");
    }
    return count(request, proto.getMethodDescriptor().getInputType());
  }

  /** How many messages there are within a message; of one that is broken, up to there. */
  static int count(Bytes message, Descriptor type) {
    int[] count = {0};
    try {
      count(message.coded(), type, 0, count);
    } catch (InvalidProtocolBufferException broken) {
      return count[0];
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return count[0];
  }

  private static void count(CodedInputStream in, Descriptor type, int depth, int[] count)
      throws IOException {
    while (!in.isAtEnd()) {
      int tag = in.readTag();
      switch (WireFormat.getTagWireType(tag)) {
        case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
          int length = in.readRawVarint32();
          FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
          if (field == null || field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
            in.skipRawBytes(length);
          } else {
            count[0]++;
            int outer = in.pushLimit(length);
            if (depth < MAX_DEPTH) {
              count(in, field.getMessageType(), depth + 1, count);
            }
            in.skipRawBytes(in.getBytesUntilLimit());
            in.popLimit(outer);
          }
        }
        // Of an unknown field; what is in it follows.
        case WireFormat.WIRETYPE_START_GROUP -> count[0]++;
        case WireFormat.WIRETYPE_END_GROUP -> {}
        default -> in.skipField(tag);
      }
    }
  }
}
