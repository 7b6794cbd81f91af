using System.Net;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Flows;

namespace UdpTun.Actors.Settings;

/// <summary>The live page.</summary>
/// <param name="Opening">When it begins to listen.</param>
/// <param name="Listen">Loopback address and TCP port; port 0: any that is free.</param>
public sealed record PageSettings(PageOpening Opening, InetEndpoint Listen)
{
    public const string ListenKey = "udptun.page.listen";

    internal static PageSettings Read(SettingsReader reader) => new(
        reader.Choice<PageOpening>("udptun.page.open"),
        reader.Parsed<InetEndpoint>(
            ListenKey,
            "a loopback ADDRESS:PORT, such as 127.0.0.1:9880 or [::1]:9880: its HTTP is not encrypted. From another machine it is reached "
                + "through ssh, as in ssh -L 9880:127.0.0.1:9880 SERVER",
            text => InetEndpoint.TryParse(text, out var endpoint) && IPAddress.IsLoopback(endpoint.Address.ToIPAddress()) ? endpoint : null));
}
