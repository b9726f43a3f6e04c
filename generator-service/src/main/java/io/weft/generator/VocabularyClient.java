package io.weft.generator;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.quarkus.grpc.GrpcClient;
import io.weft.generator.text.Vocabulary;
import io.weft.proto.tokenizer.v1.GetVocabularyRequest;
import io.weft.proto.tokenizer.v1.GetVocabularyResponse;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc;
import io.weft.proto.tokenizer.v1.VocabularyEntry;
import io.weft.proto.tokenizer.v1.VocabularyHeader;
import io.weft.runtime.error.WeftException;
import io.weft.runtime.grpc.Statuses;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/** Gets vocabularies from the tokenizer service. Blocks. */
@Singleton
class VocabularyClient {
  /** More than enough for a table of some hundred thousand tokens, and for a first connection. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Channel channel;

  VocabularyClient(@GrpcClient("tokenizer") Channel channel) {
    this.channel = channel;
  }

  /**
   * The vocabulary of a model, its hash verified.
   *
   * @param largest most entries that it may have: the size of the model's embedding table
   * @throws WeftException when the tokenizer service is away, does not have the model, or does not
   *     keep to the contract
   */
  Vocabulary get(String model, int largest) {
    if (channel instanceof ManagedChannel managed) {
      // The caller waits between tries: gRPC need not, on top of it.
      managed.resetConnectBackoff();
    }
    try {
      return read(
          TokenizerServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(TIMEOUT)
              .getVocabulary(GetVocabularyRequest.newBuilder().setModel(model).build()),
          largest);
    } catch (StatusRuntimeException e) {
      throw Statuses.fromStatus(e);
    } catch (IllegalArgumentException e) {
      throw broken(String.valueOf(e.getMessage()), e);
    }
  }

  private static Vocabulary read(Iterator<GetVocabularyResponse> responses, int largest) {
    if (!responses.hasNext()) {
      throw broken("no header", null);
    }
    VocabularyHeader header = responses.next().getHeader();
    if (header.getSize() > largest) {
      throw broken(
          "%,d tokens, but the model knows only %,d".formatted(header.getSize(), largest), null);
    }
    Vocabulary.Builder builder = new Vocabulary.Builder(header.getSize());
    while (responses.hasNext()) {
      for (VocabularyEntry entry : responses.next().getEntries().getEntriesList()) {
        builder.add(
            entry.getId(), entry.getBytes().toByteArray(), entry.getSpecial(), entry.getUnused());
      }
    }
    Vocabulary vocabulary = builder.build(header.getStripLeadingSpace());
    if (!vocabulary.hash().equals(header.getHash())) {
      throw broken("its hash is not that of its entries", null);
    }
    return vocabulary;
  }

  private static WeftException broken(String what, @Nullable Throwable cause) {
    return new WeftException.Internal(
        "the tokenizer service sent a broken vocabulary: " + what, cause);
  }
}
