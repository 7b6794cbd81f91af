namespace UdpTun.Linux.Tests.Sockets;

/// <summary>
/// Tests that close a socket and count on the kernel to have let it go. A process that a parallel test starts holds a copy of it between its
/// fork and its exec, so these run after the others.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class NoForkBeside
{
    internal const string Name = "no fork beside";
}
