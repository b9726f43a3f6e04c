package io.weft.gateway;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The gateway's own configuration; ports, backends' addresses and logging are Quarkus' own. */
@ConfigMapping(prefix = "weft.gateway")
public interface GatewayConfig {
  /** Largest request body in bytes. Larger ones are answered 413. */
  @WithDefault("8M")
  MemorySize maxBodySize();

  /**
   * Bytes of request bodies that all open requests may hold together, with what their JSON takes
   * beside its bytes: 96 a name, and 96 a value of a tool, a tool's arguments or a template's
   * variables. Log probabilities of answers that are kept whole count too, 96 bytes each, and
   * answers of gRPC that are sent whole until their clients have them. What would pass it is
   * answered 429, so that many large bodies at once cannot exhaust the heap; a body that passes it
   * alone, 413, and log probabilities that do, 400.
   */
  @WithDefault("32M")
  MemorySize maxHeldBodies();

  /** Most bytes of a request's headers, names and values. More is answered 431. */
  @WithDefault("16K")
  MemorySize maxHeaderSize();

  /** Longest URI of a request in characters, its query included. A longer one is answered 414. */
  @WithDefault("4096")
  int maxUriLength();

  /** Requests open at once, streams included. More are answered 429. */
  @WithDefault("512")
  int maxRequests();

  /**
   * File of the API keys' names and hashes: see docs/security.md. Absent: whoever reaches the
   * gateway may use it, which it allows on loopback only, or with {@link #allowAnonymous}.
   */
  Optional<Path> keysFile();

  /** How often the file of keys is looked at for changes. */
  @WithDefault("1s")
  Duration keysReload();

  /** Whether everybody may use a gateway without keys that listens on other than loopback. */
  @WithDefault("false")
  boolean allowAnonymous();

  /**
   * Where all gateways count the requests and tokens of keys together: {@code
   * redis://[[USER:]PASSWORD@]HOST[:PORT][/DATABASE]}, or {@code rediss://} for TLS. Absent: each
   * gateway counts by itself.
   */
  Optional<String> redisUrl();

  /** Longest time for one question to Redis, 10 ms to 5 s. */
  @WithDefault("200ms")
  Duration redisTimeout();

  /** What becomes of keys with limits while Redis is away. */
  @WithDefault("open")
  WithoutRedis limitsWithoutRedis();

  /** What becomes of keys with limits while Redis is away. */
  enum WithoutRedis {
    /** They are served, and each gateway counts by itself. */
    OPEN,
    /** They are answered 503. */
    CLOSED
  }

  /** What a refused caller is told to wait when no backend says so itself. */
  @WithDefault("1s")
  Duration retryAfter();

  /** Longest time for one call to the tokenizer. */
  @WithDefault("10s")
  Duration tokenizerTimeout();

  /** Longest time for one call to the encoder, its queue included. */
  @WithDefault("60s")
  Duration encoderTimeout();

  /** Longest time for one generation, from its submission to its last token, its queue included. */
  @WithDefault("10m")
  Duration generatorTimeout();

  /** After how long without an event a stream gets a comment, so that nobody takes it for dead. */
  @WithDefault("15s")
  Duration streamKeepAlive();

  /**
   * Most bytes that wait for the client of one stream to read, beside the network's own buffers.
   */
  @WithDefault("256K")
  MemorySize streamBuffer();

  /**
   * For how long a full buffer waits for its client to read. After that a stream's work ends, over
   * HTTP or gRPC, and the stream with an error; an answer of HTTP that is sent whole ends with its
   * connection. An answer of gRPC that is sent whole has so long, and a second more for each 256
   * KiB, before its call is reset.
   */
  @WithDefault("5s")
  Duration slowReaderTimeout();

  /**
   * How long open requests, streams included, may take to finish when the gateway stops, at least
   * 0.
   */
  @WithDefault("10s")
  Duration shutdownGrace();

  /**
   * How long the gateway is not ready but takes requests as ever when it stops, at least 0: until
   * those who choose between gateways have noticed.
   */
  @WithDefault("0s")
  Duration shutdownDelay();

  /**
   * Whether traces hold what was asked and answered ({@code gen_ai.input.messages}, {@code
   * gen_ai.output.messages}). Off: they never do.
   */
  @WithDefault("false")
  boolean traceContent();

  /** Whether each request and call is logged once it is over, by fields, without any text. */
  @WithDefault("false")
  boolean accessLog();

  /** How often each backend is asked for its models. Also the time after which its loss is seen. */
  @WithDefault("1s")
  Duration pollInterval();

  /** Longest time for one such question. */
  @WithDefault("2s")
  Duration pollTimeout();

  /**
   * The replicas of the tokenizer, each {@code host:port}; every address of a host is one. Absent:
   * the addresses of the one host of {@code quarkus.grpc.clients.tokenizer}.
   */
  Optional<List<String>> tokenizerAddresses();

  /** The same of the encoder. */
  Optional<List<String>> encoderAddresses();

  /** The same of the generator. */
  Optional<List<String>> generatorAddresses();

  /** How often hosts are looked up for replicas that came or went, 200 ms to 1 hour. */
  @WithDefault("5s")
  Duration resolveInterval();

  /**
   * The generator that has seen the beginning of a prompt gets it unless it has more to do than
   * this times the mean of all generators, and one request more; at least 1.
   */
  @WithDefault("1.5")
  double affinityLoadFactor();

  /**
   * When embeddings that are not there yet are asked of a second encoder too, 1 ms to the encoder's
   * timeout. Absent: never.
   */
  Optional<Duration> hedgeAfter();

  /**
   * The model that the name {@code default} stands for where text is generated. Absent: the first
   * by name. A model that is really called {@code default} wins.
   */
  Optional<String> defaultModel();

  /** The same for embeddings. */
  Optional<String> defaultEmbeddingModel();
}
