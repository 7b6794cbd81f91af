using Akka.Configuration;
using Akka.TestKit.Xunit2;

namespace UdpTun.Actors.Tests;

/// <summary>A test kit that waits as long as a busy machine takes: Akka's own 3 s for a message have not always been enough.</summary>
/// <param name="config">What else is unlike Akka's defaults.</param>
public abstract class PatientTestKit(Config? config = null) : TestKit(config is null ? Patience : config.WithFallback(Patience))
{
    private static readonly Config Patience = ConfigurationFactory.ParseString(
        "akka.test { single-expect-default = 30s, default-timeout = 30s, filter-leeway = 30s, startup-timeout = 60s }");
}
