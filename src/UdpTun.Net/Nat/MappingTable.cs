// Stage: the opening and the end of a session; never per packet. Thread: the loop alone. Memory: an entry a mapping.
using System.Diagnostics.CodeAnalysis;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;
using UdpTun.Net.PortMapping;

namespace UdpTun.Net.Nat;

/// <summary>
/// Which outer endpoint stands for which inner one, and whose that is. A mapping is there while it has sessions, is held or is static.
/// </summary>
internal sealed class MappingTable
{
    private readonly CurrentPolicy _policy;
    private readonly OuterPorts _ports;
    private readonly StaticBindings _statics;
    private readonly Dictionary<MappingKey, NatMapping> _byInner = [];
    private readonly Dictionary<(IpProtocol Protocol, InetEndpoint Outer), NatMapping> _byOuter = [];
    private readonly Dictionary<PeerId, int> _counts = [];
    private readonly HeldMappings _held = new();
    private readonly NatObservers _observers;

    /// <exception cref="ArgumentException">A static mapping's port is not the NAT's to give, or is in two of them.</exception>
    public MappingTable(CurrentPolicy policy, Random random, NatObservers observers)
    {
        (_policy, _observers) = (policy, observers);
        _ports = new OuterPorts(policy.Value, random);
        _statics = new StaticBindings(_ports);
        UseStatics(policy.Value, default);
    }

    public int Count => _byInner.Count;

    public int PortsTaken(IpProtocol protocol) => _ports.CountTaken(protocol);

    public int PortsOf(IpProtocol protocol) => _ports.CountAll(protocol);

    /// <summary>Those that are held, the first to end first.</summary>
    public IEnumerable<NatMapping> Held => _held.All;

    public IEnumerable<RestingPort> Resting => _ports.Resting;

    public IReadOnlyList<StaticBinding> Statics => _statics.All;

    public IEnumerable<(StaticMapping Rule, NatMapping Holder)> WaitingStatics => _statics.All.Where(binding => !binding.HasPort)
        .Select(binding => (binding.Rule, _byOuter[(binding.Rule.Protocol, binding.Outer)]));

    /// <summary>Mappings that count against the client's quota.</summary>
    public int CountOf(PeerId client) => _counts.GetValueOrDefault(client);

    public bool TryFind(in MappingKey key, [MaybeNullWhen(false)] out NatMapping mapping) => _byInner.TryGetValue(key, out mapping);

    public bool TryFindOuter(IpProtocol protocol, InetEndpoint outer, [MaybeNullWhen(false)] out NatMapping mapping) =>
        _byOuter.TryGetValue((protocol, outer), out mapping);

    /// <summary>Goes by another policy of the same ports and addresses from now on.</summary>
    /// <exception cref="ArgumentException">As for the constructor. Nothing is changed.</exception>
    public void Use(NatPolicy policy, TimeSpan now)
    {
        UseStatics(policy, now);
        _ports.Use(policy, now);
    }

    /// <summary>The mapping of an inner endpoint, made if there is none.</summary>
    /// <param name="key">Whose inner endpoint.</param>
    /// <param name="suggested">The outer port that a new mapping had best have; 0: any.</param>
    /// <param name="now">The time on the table's clock.</param>
    /// <param name="mapping">The mapping, after <see cref="DropReason.None"/>.</param>
    /// <returns>
    /// None, TooManyMappings, UnsupportedProtocol, NoOuterAddress or PortsExhausted; where nothing is translated UnroutedSource or
    /// InnerEndpointTaken.
    /// </returns>
    public DropReason TryMap(in MappingKey key, ushort suggested, TimeSpan now, out NatMapping mapping)
    {
        if (TryFind(key, out mapping!)) return DropReason.None;
        if (CountOf(key.Client) >= _policy.Value.MaxMappingsPerClient) return DropReason.TooManyMappings;
        var (outer, origin) = (key.Inner, PortOrigin.Kept);
        var reason = key.IsTranslated
            ? _ports.TryTake(key.Protocol, new PortOwner(key.Client, key.Inner), suggested, now, out outer, out origin)
            : CheckUntranslated(key);
        if (reason == DropReason.None) mapping = Add(key, outer, origin);
        return reason;
    }

    /// <summary>The mapping of an inner endpoint as an earlier table had it.</summary>
    /// <returns>None, TooManyMappings, or PortsExhausted when the outer endpoint is not to be had.</returns>
    public DropReason TryMapAs(InetEndpoint outer, in MappingKey key, out NatMapping mapping)
    {
        if (TryFind(key, out mapping!)) return mapping.Outer == outer ? DropReason.None : DropReason.PortsExhausted;
        if (_statics.TryFindOuter(key.Protocol, outer, out var binding))
        {
            // Its client may come back before anybody has sent.
            if (binding.Rule.Inner != key.Inner || binding.Mapping is not null || !binding.HasPort) return DropReason.PortsExhausted;
            mapping = Bind(binding, key);
            return DropReason.None;
        }

        if (CountOf(key.Client) >= _policy.Value.MaxMappingsPerClient) return DropReason.TooManyMappings;
        var isFree = key.IsTranslated
            ? _ports.TryTakeExactly(key.Protocol, key.Client, outer)
            : outer == key.Inner && CheckUntranslated(key) == DropReason.None;
        if (!isFree) return DropReason.PortsExhausted;
        mapping = Add(key, outer, PortOrigin.Restored);
        return DropReason.None;
    }

    public bool TryRest(in RestingPort port, TimeSpan now) => _ports.TryRest(port, now);

    /// <summary>Lets static mappings lead to the client that sends from their inner address; see <see cref="StaticBinding"/>.</summary>
    public void Claim(Peer client, InetAddress inner, TimeSpan now)
    {
        foreach (var binding in _statics.Of(inner))
        {
            if (binding.Rule.Client is not { } only || only == client.Endpoint.Address) Claim(binding, client.Id, now);
        }
    }

    public bool LeadsStaticallyTo(PeerId client)
    {
        foreach (var binding in _statics.All)
            if (binding.Mapping?.Client == client) return true;
        return false;
    }

    /// <summary>Keeps a mapping until a time, sessions or not; one that is held already, until the new time. A static one is kept.</summary>
    public void Hold(NatMapping mapping, TimeSpan until)
    {
        if (!mapping.IsStatic) _held.Set(mapping, until);
    }

    /// <summary>Harmless for a mapping that is not held.</summary>
    public void EndHold(NatMapping mapping, TimeSpan now)
    {
        _held.Remove(mapping);
        RemoveUnlessNeeded(mapping, now);
    }

    /// <summary>Ends holds whose time has come.</summary>
    /// <param name="now">The time on the table's clock.</param>
    /// <param name="budget">Holds to end at most; lessened by those that have ended.</param>
    /// <returns>True when none is left to end.</returns>
    public bool Sweep(TimeSpan now, ref int budget)
    {
        while (_held.TryPeekEnded(now, out var mapping))
        {
            if (budget == 0) return false;
            budget--;
            EndHold(mapping, now);
        }

        return true;
    }

    public static void SessionAdded(NatMapping mapping) => mapping.Sessions++;

    public void SessionEnded(NatMapping mapping, TimeSpan now)
    {
        mapping.Sessions--;
        RemoveUnlessNeeded(mapping, now);
    }

    /// <summary>The address that all flows of the client leave as, from now on where it had none.</summary>
    public bool TryGetAddress(PeerId client, bool isV4, out InetAddress outer) => _ports.TryGetAddress(client, isV4, out outer);

    /// <summary>A client without mappings may leave as another address from now on.</summary>
    public void Forget(PeerId client)
    {
        if (CountOf(client) == 0) _ports.Forget(client);
    }

    private void Claim(StaticBinding binding, PeerId client, TimeSpan now)
    {
        if (binding.Mapping is { } bound && bound.Client != client)
        {
            if (now - binding.LastSent < StaticBinding.Grace) return;
            bound.IsGivenUp = true;
            RemoveUnlessNeeded(bound, now);
        }

        var key = new MappingKey(client, binding.Rule.Protocol, binding.Rule.Inner);
        // Sessions of the client before it, or a mapping that the client has had since before it was the one: these end first.
        if (binding.Mapping is null && binding.HasPort && !_byInner.ContainsKey(key)) Bind(binding, key);
        if (binding.Mapping?.Client != client) return;
        binding.Mapping.IsGivenUp = false;
        binding.LastSent = now;
    }

    private void UseStatics(NatPolicy policy, TimeSpan now)
    {
        var (gone, added) = _statics.Use(policy);
        foreach (var binding in gone) Unbind(binding, now);
        if (added.Count == 0) return;
        var (outers, inners) = (added.Select(binding => (binding.Rule.Protocol, binding.Outer)).ToHashSet(), added.Select(InnerOf).ToHashSet());
        foreach (var mapping in _byOuter.Values.Where(mapping => outers.Contains((mapping.Protocol, mapping.Outer))
            || (mapping.IsTranslated && inners.Contains((mapping.Protocol, mapping.Inner)))).ToList())
        {
            Retire(mapping, now);
        }

        foreach (var binding in added.Where(binding => !binding.HasPort)) TakePort(binding);
    }

    private static (IpProtocol, InetEndpoint) InnerOf(StaticBinding binding) => (binding.Rule.Protocol, binding.Rule.Inner);

    /// <summary>Where flows of a retired mapping still use the port, the binding waits for their end.</summary>
    private void TakePort(StaticBinding binding) => binding.HasPort = _ports.TryReserve(binding.Rule.Protocol, binding.Outer);

    /// <summary>What it led to is an ordinary mapping from now on, and lasts as long as its sessions.</summary>
    private void Unbind(StaticBinding binding, TimeSpan now)
    {
        if (binding.Mapping is not { } mapping)
        {
            if (binding.HasPort) _ports.GiveBack(binding.Rule.Protocol, binding.Outer, now);
            return;
        }

        mapping.Binding = null;
        _counts[mapping.Client] = CountOf(mapping.Client) + 1;
        RemoveUnlessNeeded(mapping, now);
    }

    /// <summary>The inner endpoint's next flow leaves by another mapping; this one lasts as long as its sessions.</summary>
    private void Retire(NatMapping mapping, TimeSpan now)
    {
        _held.Remove(mapping);
        if (mapping.IsRetired || !_byInner.Remove(KeyOf(mapping))) return;
        mapping.IsRetired = true;
        RemoveUnlessNeeded(mapping, now);
    }

    // Neither in the quota nor among the ports that are given back.
    private NatMapping Bind(StaticBinding binding, in MappingKey key)
    {
        var mapping = new NatMapping(key.Client, key.Protocol, key.Inner, binding.Outer)
        {
            Binding = binding,
            Origin = PortOrigin.Led,
            OpenedBy = _policy.Value,
        };
        _byInner.Add(key, mapping);
        _byOuter.Add((key.Protocol, binding.Outer), mapping);
        _observers.MappingOpened(mapping);
        return binding.Mapping = mapping;
    }

    private DropReason CheckUntranslated(in MappingKey key)
    {
        if (!_policy.Value.Untranslated.MayComeFrom(key.Inner.Address)) return DropReason.UnroutedSource;
        return TryFindOuter(key.Protocol, key.Inner, out _) ? DropReason.InnerEndpointTaken : DropReason.None;
    }

    private NatMapping Add(in MappingKey key, InetEndpoint outer, PortOrigin origin)
    {
        var mapping = new NatMapping(key.Client, key.Protocol, key.Inner, outer)
        {
            IsTranslated = key.IsTranslated,
            Origin = origin,
            OpenedBy = _policy.Value,
        };
        _byInner.Add(key, mapping);
        _byOuter.Add((mapping.Protocol, mapping.Outer), mapping);
        _counts[mapping.Client] = CountOf(mapping.Client) + 1;
        _observers.MappingOpened(mapping);
        return mapping;
    }

    private void RemoveUnlessNeeded(NatMapping mapping, TimeSpan now)
    {
        if (mapping.Sessions > 0 || mapping.HeldUntil is not null || (mapping.IsStatic && !mapping.IsGivenUp)) return;
        // A retired one has left this table before.
        if (!mapping.IsRetired && !_byInner.Remove(KeyOf(mapping))) return;
        _byOuter.Remove((mapping.Protocol, mapping.Outer));
        _observers.MappingClosed(mapping);
        if (mapping.Binding is { } binding)
        {
            binding.Mapping = null;
            return;
        }

        // Released first, as the mapping is counted, and taken again from its rest.
        if (mapping.IsTranslated) _ports.Release(mapping, now);
        if (mapping.IsRetired && _statics.TryFindOuter(mapping.Protocol, mapping.Outer, out var waiting)) TakePort(waiting);
        if (CountOf(mapping.Client) == 1) _counts.Remove(mapping.Client);
        else _counts[mapping.Client]--;
    }

    private static MappingKey KeyOf(NatMapping mapping) => new(mapping.Client, mapping.Protocol, mapping.Inner, mapping.IsTranslated);
}
