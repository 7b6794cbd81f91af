using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Nat;
using UdpTun.Net.Peers;

namespace UdpTun.Net.PortMapping;

/// <summary>
/// Grants the mappings that clients ask for by NAT-PMP: inside the table's ports and quotas, for a bounded time. A request concerns the
/// address that it came from, so a client can neither make nor end a mapping of another's.
/// </summary>
/// <param name="table">Holds the mappings.</param>
/// <param name="addresses">What the internet knows its outer addresses by.</param>
/// <param name="isOn">Off, every request is refused as not authorized.</param>
/// <param name="maxLifetime">How long a mapping is kept at most without being asked for again; whole seconds.</param>
public sealed class PortMapper(NatTable table, ExternalAddresses addresses, bool isOn, TimeSpan maxLifetime)
{
    private bool _isOn = isOn;
    private TimeSpan _maxLifetime = maxLifetime;

    /// <summary>Grants by other rules from now on; what was granted is kept. On the table's loop; the parameters are those of the constructor.</summary>
    public void Use(bool isOn, TimeSpan maxLifetime) => (_isOn, _maxLifetime) = (isOn, maxLifetime);

    /// <param name="request">What is asked for.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="inner">From which address inside the tunnel.</param>
    /// <param name="now">The time on the table's clock.</param>
    public NatPmpResponse Answer(in NatPmpRequest request, PeerId client, InetAddress inner, TimeSpan now)
    {
        var failure = new NatPmpResponse(request, NatPmpResult.Success, Seconds(now - table.HoldsSince));
        if (request.Version != 0) return failure with { Result = NatPmpResult.UnsupportedVersion };
        if (request.Opcode != NatPmpRequest.ExternalAddress && !request.IsMap)
            return failure with { Result = NatPmpResult.UnsupportedOpcode };
        if (!_isOn) return failure with { Result = NatPmpResult.NotAuthorized };
        if (!request.IsMap) return ExternalAddress(failure, client);
        return request.Lifetime == 0 ? End(failure, client, inner, now) : Map(failure, client, inner, now);
    }

    private NatPmpResponse ExternalAddress(in NatPmpResponse response, PeerId client) =>
        table.TryGetOuterAddress(client, isV4: true, out var outer) && addresses.TryGetExternal(outer, out var external)
            ? response with { External = external }
            : response with { Result = NatPmpResult.NetworkFailure };

    private NatPmpResponse Map(in NatPmpResponse response, PeerId client, InetAddress inner, TimeSpan now)
    {
        var request = response.Request;
        // Port 0 stands for all ports, which can be ended together and not be mapped.
        if (request.InnerPort == 0) return response with { Result = NatPmpResult.NotAuthorized };
        var lifetime = Math.Min(request.Lifetime, Seconds(_maxLifetime));
        var endpoint = new InetEndpoint(inner, request.InnerPort);
        var reason = table.TryHold(
            client, request.Protocol, endpoint, request.SuggestedPort, now + TimeSpan.FromSeconds(lifetime), now, out var mapping);
        return reason == DropReason.None
            ? response with { OuterPort = mapping.Outer.Port, Lifetime = lifetime }
            : response with { Result = reason == DropReason.MartianAddress ? NatPmpResult.NotAuthorized : NatPmpResult.OutOfResources };
    }

    // What is not there has been ended as asked: the client may have missed the first answer (RFC 6886 section 3.4).
    private NatPmpResponse End(in NatPmpResponse response, PeerId client, InetAddress inner, TimeSpan now)
    {
        var request = response.Request;
        var isEnded = request.InnerPort == 0
            ? table.TryEndHolds(client, request.Protocol, inner, now)
            : table.TryEndHold(client, request.Protocol, new InetEndpoint(inner, request.InnerPort), now);
        return isEnded ? response : response with { Result = NatPmpResult.NotAuthorized };
    }

    private static uint Seconds(TimeSpan time) => (uint)Math.Clamp(time.TotalSeconds, 0, uint.MaxValue);
}
