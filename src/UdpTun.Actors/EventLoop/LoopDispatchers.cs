namespace UdpTun.Actors.EventLoop;

/// <summary>The dispatchers of hocon/reference.conf for actor systems that read no file: the rehearsal's, tests'.</summary>
public static class LoopDispatchers
{
    public const string Hocon = """
        udptun.loop-dispatcher {
          type = Dispatcher
          executor = "UdpTun.Actors.EventLoop.EventLoopExecutorConfigurator, UdpTun.Actors"
          throughput = 64
          mailbox-type = "UdpTun.Actors.EventLoop.LeanMailbox, UdpTun.Actors"
        }
        udptun.loop-last-dispatcher {
          type = Dispatcher
          executor = "UdpTun.Actors.EventLoop.EventLoopExecutorConfigurator, UdpTun.Actors"
          throughput = 8
          mailbox-type = "UdpTun.Actors.EventLoop.LeanMailbox, UdpTun.Actors"
          turn = last
        }
        """;
}
