package io.weft.gateway.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a DNS server on loopback. */
class DnsLookupTest {
  private final EventLoopGroup loops = new NioEventLoopGroup(1);
  private volatile List<String> addresses = List.of();
  private DnsLookup lookup;

  @BeforeEach
  void start() {
    InetSocketAddress server =
        (InetSocketAddress)
            new Bootstrap()
                .group(loops)
                .channel(NioDatagramChannel.class)
                .handler(
                    new ChannelInitializer<DatagramChannel>() {
                      @Override
                      protected void initChannel(DatagramChannel channel) {
                        channel
                            .pipeline()
                            .addLast(
                                new DatagramDnsQueryDecoder(),
                                new DatagramDnsResponseEncoder(),
                                new Answers());
                      }
                    })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel()
                .localAddress();
    lookup = new DnsLookup(new SingletonDnsServerAddressStreamProvider(server));
  }

  @AfterEach
  void stop() {
    lookup.close();
    loops.shutdownGracefully();
  }

  @Test
  void hasAllAddressesAndSeesNewOnesAtOnce() throws Exception {
    addresses = List.of("10.0.0.1", "10.0.0.2");
    assertThat(find()).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2");
    addresses = List.of("10.0.0.2", "10.0.0.3", "10.0.0.4");
    assertThat(find()).containsExactlyInAnyOrder("10.0.0.2", "10.0.0.3", "10.0.0.4");
  }

  @Test
  void saysThatThereIsNone() {
    assertThatThrownBy(this::find).isInstanceOf(UnknownHostException.class);
  }

  @Test
  void anAddressIsItself() throws Exception {
    assertThat(lookup.all("127.0.0.1")).containsExactly(InetAddress.getByName("127.0.0.1"));
    assertThat(lookup.all("::1")).containsExactly(InetAddress.getByName("::1"));
  }

  private List<String> find() throws Exception {
    return lookup.all("encoder.weft.svc.cluster.test.").stream()
        .map(InetAddress::getHostAddress)
        .toList();
  }

  /** Answers questions for addresses of the fourth version. */
  private final class Answers extends SimpleChannelInboundHandler<DatagramDnsQuery> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramDnsQuery query)
        throws UnknownHostException {
      DnsQuestion question = query.recordAt(DnsSection.QUESTION);
      DatagramDnsResponse response =
          new DatagramDnsResponse(query.recipient(), query.sender(), query.id());
      response.addRecord(
          DnsSection.QUESTION, new DefaultDnsQuestion(question.name(), question.type()));
      if (addresses.isEmpty()) {
        response.setCode(DnsResponseCode.NXDOMAIN);
      } else if (question.type().equals(DnsRecordType.A)) {
        for (String address : addresses) {
          response.addRecord(
              DnsSection.ANSWER,
              new DefaultDnsRawRecord(
                  question.name(),
                  DnsRecordType.A,
                  30,
                  Unpooled.wrappedBuffer(InetAddress.getByName(address).getAddress())));
        }
      }
      context.writeAndFlush(response);
    }
  }
}
