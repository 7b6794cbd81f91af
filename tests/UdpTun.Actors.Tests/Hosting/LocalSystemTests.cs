using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using UdpTun.Actors.Hosting;

namespace UdpTun.Actors.Tests.Hosting;

public sealed class LocalSystemTests : IAsyncLifetime
{
    private readonly Mark _mark = new();
    private readonly ActorSystem _system;

    public LocalSystemTests() => _system = LocalSystem.Start(
        "local", ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }"), ActorSystemSetup.Create(_mark));

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public void System_should_run_by_what_it_is_given_and_by_defaults()
    {
        Assert.Equal("OFF", _system.Settings.LogLevel);
        Assert.Equal("Akka.Actor.LocalActorRefProvider", _system.Settings.ProviderClass);
        Assert.Same(_mark, _system.Settings.Setup.Get<Mark>().Value);
    }

    [Fact]
    public void Messages_should_never_be_serialized()
    {
        var refused = Assert.Throws<NotSupportedException>(() => _system.Serialization.Serialize(new Uri("udp://message")));
        Assert.Contains("System.Uri is not to leave local", refused.Message);
    }

    private sealed class Mark : Setup;
}
