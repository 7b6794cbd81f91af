using System.Net;
using System.Net.Sockets;
using UdpTun.EndToEnd.Tests.Harness;
using UdpTun.EndToEnd.Tests.Traffic;
using Xunit.Abstractions;

namespace UdpTun.EndToEnd.Tests;

/// <summary>A client gets a port of the server for itself, with Debian's NAT-PMP client, and is reached there by somebody new.</summary>
public sealed class PortMappingTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task Client_should_learn_the_server_s_address_on_the_internet()
    {
        await using var net = await Start();
        Assert.Contains($"Public IP address : {Topology.ServerOnInternet}", PortRequest(net), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public async Task Client_should_be_reached_at_the_port_that_it_asked_for(string protocol)
    {
        await using var net = await Start();
        Assert.Contains($"Mapped public port 20080 protocol {protocol.ToUpperInvariant()} to local port 8000 liftime 600",
            PortRequest(net, "-a", "20080", "8000", protocol, "600"), StringComparison.Ordinal);
        AssertReaches(true, net, protocol);
    }

    [SkippableFact]
    public async Task Client_should_not_be_reached_any_more_when_it_gave_the_port_back()
    {
        await using var net = await Start();
        PortRequest(net, "-a", "20080", "8000", "udp", "600");
        AssertReaches(true, net, "udp");
        PortRequest(net, "-a", "20080", "8000", "udp", "0");
        AssertReaches(false, net, "udp", from: 7001);
    }

    [SkippableFact]
    public async Task Mapping_should_be_there_after_a_restart_of_the_server()
    {
        await using var net = new Topology(output);
        var server = await StartServer(net);
        await net.StartClient(1, Routes);
        PortRequest(net, "-a", "20080", "8000", "udp", "600");
        await server.Stop();
        await StartServer(net);
        AssertReaches(true, net, "udp");
    }

    [SkippableFact]
    public async Task Client_should_be_told_that_the_server_gives_no_ports()
    {
        await using var net = await Start("--set", "udptun.nat.nat-pmp=off");
        var refusal = net.Client.Try(Natpmpc("-a", "20080", "8000", "udp", "600"));
        Assert.Contains("not authorized", refusal.Output + refusal.Error, StringComparison.OrdinalIgnoreCase);
    }

    [SkippableFact]
    public async Task Client_should_be_reached_at_the_port_that_the_operator_led_to_it()
    {
        await using var net = await Start("--set", "udptun.nat.static-mappings=[\"udp 20080 -> 10.61.0.2:8000\"]");
        AssertReaches(false, net, "udp"); // nobody has sent from 10.61.0.2 yet
        net.Client.TryPing(1, $"{Topology.Gateway}");
        AssertReaches(true, net, "udp");
    }

    private static readonly string[] Routes = ["--route", "203.0.113.0/24", "--route", $"{Topology.Gateway}/32"];

    private async Task<Topology> Start(params string[] arguments)
    {
        var net = new Topology(output);
        await StartServer(net, arguments);
        await net.StartClient(1, Routes);
        return net;
    }

    // Strict for everything that nobody asked for.
    private static Task<TunnelProcess> StartServer(Topology net, params string[] arguments) => net.StartServer(
        "port-range",
        ["--set", "udptun.nat.filtering.udp=address-and-port-dependent", "--set", "udptun.nat.filtering.tcp=address-and-port-dependent", .. arguments]);

    private static string PortRequest(Topology net, params string[] request) => net.Client.Run(Natpmpc(request));

    private static string[] Natpmpc(params string[] request) => ["natpmpc", "-g", $"{Topology.Gateway}", .. request];

    /// <summary>Whether somebody on the internet, whom the client has never heard of, gets through to the client's port 8000.</summary>
    private static void AssertReaches(bool expected, Topology net, string protocol, int from = 7000)
    {
        var outer = new IPEndPoint(Topology.ServerOnInternet, 20080);
        if (protocol == "tcp")
        {
            Assert.Equal(expected, Connects(net, outer));
            return;
        }

        using var inside = net.Client.OpenUdp(new IPEndPoint(Topology.InnerClient, 8000));
        Reachability.AssertReachedBy(expected, net, new IPEndPoint(Topology.InternetHost, from), inside, outer);
    }

    private static bool Connects(Topology net, IPEndPoint outer)
    {
        using var listener = net.Client.OpenTcp(AddressFamily.InterNetwork);
        listener.Bind(new IPEndPoint(Topology.InnerClient, 8000));
        listener.Listen();
        using var far = net.Internet.OpenTcp(AddressFamily.InterNetwork);
        if (!far.ConnectAsync(outer).Wait(TimeSpan.FromSeconds(10))) return false;
        using var accepted = listener.Accept();
        return ((IPEndPoint)accepted.RemoteEndPoint!).Address.Equals(Topology.InternetHost);
    }
}
