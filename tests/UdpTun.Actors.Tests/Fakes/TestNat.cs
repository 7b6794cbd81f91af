using UdpTun.Net.Admission;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;

namespace UdpTun.Actors.Tests.Fakes;

/// <summary>A NAT as the default settings make it, with ports and limits small enough to run into.</summary>
internal sealed class TestNat
{
    public static readonly InetAddress Outer = InetAddress.Parse("192.168.61.123");
    public static readonly InetAddress External = InetAddress.Parse("198.51.100.61");
    public static readonly InetAddress Gateway = InetAddress.Parse("192.168.61.1");

    public TestNat(NatFiltering? filtering = null, InetAddress? secondOuter = null)
    {
        var policy = filtering is null ? Policy : Policy with { Filtering = filtering };
        Table = new NatTable(secondOuter is { } second ? policy with { OuterV4 = [Outer, second] } : policy, Random);
    }

    private TestNat(NatPolicy policy) => Table = new NatTable(policy, Random);

    public NatTable Table { get; }

    /// <summary>Where the table draws its ports from; can be made to fail, or to be slow.</summary>
    public FaultyRandom Random { get; } = new();

    public PeerRegistry Peers { get; } = new([InetPrefix.Parse("10.0.0.0/8")], maxPeers: 4, TimeSpan.FromMinutes(10));

    public DestinationPolicy Destinations { get; } = new([], [External]);

    public Hairpin Hairpin => new(Table, new ExternalAddresses([(Outer, External)]));

    public PortMapper PortMapper => new(Table, new ExternalAddresses([(Outer, External)]), isOn: true, TimeSpan.FromHours(2));

    /// <summary>One whose clients may have so many sessions.</summary>
    public static TestNat WithRoomFor(int sessions) => new(Policy with
    {
        Ports = new PortRange(20000, (ushort)(20000 + sessions)),
        MaxSessionsPerClient = sessions,
        MaxMappingsPerClient = sessions,
    });

    private static NatPolicy Policy => new()
    {
        OuterV4 = [Outer],
        Ports = new PortRange(20000, 20009),
        MaxSessionsPerClient = 5,
        PortSelection = PortSelection.Preserve,
        Timeouts = new NatTimeouts(
            TimeSpan.FromSeconds(300), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(240), TimeSpan.FromSeconds(7440), TimeSpan.FromSeconds(240)),
    };

    public sealed class FaultyRandom() : Random(1)
    {
        public bool Broken { get; set; }

        /// <summary>How long a draw takes at least.</summary>
        public TimeSpan Pause { get; set; }

        public override int Next(int maxValue)
        {
            Begin();
            return base.Next(maxValue);
        }

        public override int Next(int minValue, int maxValue)
        {
            Begin();
            return base.Next(minValue, maxValue);
        }

        private void Begin()
        {
            if (Broken) throw new InvalidOperationException("meant to fail");
            if (Pause > TimeSpan.Zero) Thread.Sleep(Pause);
        }
    }
}
