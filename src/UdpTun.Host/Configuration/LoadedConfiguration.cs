using Akka.Configuration;
using UdpTun.Actors.Settings;

namespace UdpTun.Host.Configuration;

/// <summary>What all layers come to.</summary>
/// <param name="Config">The whole tree, for the actor system: <c>udptun</c> and <c>akka</c>, with akka.loglevel set.</param>
/// <param name="Settings"><c>udptun</c>, checked.</param>
internal sealed record LoadedConfiguration(Config Config, TunnelSettings Settings);
