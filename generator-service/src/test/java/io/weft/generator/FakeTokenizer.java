package io.weft.generator;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.weft.generator.text.Vocabularies;
import io.weft.generator.text.Vocabulary;
import io.weft.proto.tokenizer.v1.GetVocabularyRequest;
import io.weft.proto.tokenizer.v1.GetVocabularyResponse;
import io.weft.proto.tokenizer.v1.TokenizerServiceGrpc;
import io.weft.proto.tokenizer.v1.VocabularyEntries;
import io.weft.proto.tokenizer.v1.VocabularyEntry;
import io.weft.proto.tokenizer.v1.VocabularyHeader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A tokenizer service of its own that hands out a vocabulary of letters, after some calls for which
 * it is not ready yet.
 */
final class FakeTokenizer extends TokenizerServiceGrpc.TokenizerServiceImplBase
    implements AutoCloseable {
  private final Vocabulary vocabulary;
  private final String hash;
  private final AtomicInteger refusals;
  private final Server server;

  /**
   * @param size entries of the vocabulary
   * @param hash what it says that its hash is
   * @param refusals calls that end with UNAVAILABLE first
   */
  FakeTokenizer(int size, String hash, int refusals) {
    this.vocabulary = Vocabularies.letters(size);
    this.hash = hash;
    this.refusals = new AtomicInteger(refusals);
    this.server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(this)
            .build();
    try {
      server.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static FakeTokenizer honest(int size, int refusals) {
    return new FakeTokenizer(size, Vocabularies.letters(size).hash(), refusals);
  }

  int port() {
    return server.getPort();
  }

  @Override
  public void getVocabulary(
      GetVocabularyRequest request, StreamObserver<GetVocabularyResponse> call) {
    if (refusals.getAndDecrement() > 0) {
      call.onError(Status.UNAVAILABLE.withDescription("starting").asRuntimeException());
      return;
    }
    call.onNext(
        GetVocabularyResponse.newBuilder()
            .setHeader(VocabularyHeader.newBuilder().setSize(vocabulary.size()).setHash(hash))
            .build());
    int batch = 100;
    for (int from = 0; from < vocabulary.size(); from += batch) {
      VocabularyEntries.Builder entries = VocabularyEntries.newBuilder();
      for (int id = from; id < Math.min(vocabulary.size(), from + batch); id++) {
        entries.addEntries(
            VocabularyEntry.newBuilder()
                .setId(id)
                .setBytes(ByteString.copyFrom(vocabulary.bytes(id)))
                .setSpecial(vocabulary.isSpecial(id)));
      }
      call.onNext(GetVocabularyResponse.newBuilder().setEntries(entries).build());
    }
    call.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
