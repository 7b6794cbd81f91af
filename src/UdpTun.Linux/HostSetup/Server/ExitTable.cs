using UdpTun.Net.Io;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Makes the nft table with as much of what is wanted as nft and the kernel take here. What they take is found by asking them:
/// a table is made whole or not at all.
/// </summary>
internal sealed class ExitTable(ExitRules rules, HostJournal journal, Action<string>? warn)
{
    private bool _hasTimeouts;
    private int _renewals;
    private string? _shortfall;

    /// <summary>Returns whether the ports are the NAT's; without, the exit is masquerade.</summary>
    /// <exception cref="DeviceUnavailableException">Not even masquerade is taken, nft is missing, or a privilege is.</exception>
    public ServerExit Make(NatPorts? ports, NatTimeouts? timeouts)
    {
        string? refusal = null;
        foreach (var (withPorts, withTimeouts) in Wishes(ports is not null, timeouts is not null))
        {
            var change = rules.Table(withPorts ? ports : null, withTimeouts ? timeouts : null);
            try
            {
                journal.Make(change);
            }
            catch (DeviceUnavailableException exception) when (exception.Fault == DeviceFault.Other && (withPorts || withTimeouts))
            {
                refusal ??= exception.Message.ReplaceLineEndings(" ");
                continue;
            }

            if (ports is not null && !withPorts) warn?.Invoke($"exit masquerade instead of port-range, whose rules are refused here: {refusal}");
            _hasTimeouts = withTimeouts;
            if (timeouts is not null) WarnOfShortfall(timeouts);
            return withPorts ? ServerExit.PortRange : ServerExit.Masquerade;
        }

        throw new InvalidOperationException("the plainest table was neither made nor refused");
    }

    /// <summary>Gives flows other timers from now on. What the kernel refuses is a warning.</summary>
    public void Renew(NatTimeouts timeouts)
    {
        try
        {
            if (_hasTimeouts) journal.Commands.RunWithInput(rules.Renewal(timeouts, ++_renewals), "nft", "-f", "-");
            WarnOfShortfall(timeouts);
        }
        catch (DeviceUnavailableException e)
        {
            warn?.Invoke($"the kernel's timers stay as they were: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private void WarnOfShortfall(NatTimeouts timeouts)
    {
        var before = _shortfall;
        _shortfall = KernelTimers.Shortfall(timeouts, raised: _hasTimeouts, rules.HasV6);
        if (_shortfall is not null && _shortfall != before) warn?.Invoke(_shortfall);
    }

    /// <summary>From the most to the least: the timers are given up before the ports.</summary>
    private static IEnumerable<(bool Ports, bool Timeouts)> Wishes(bool ports, bool timeouts)
    {
        if (ports && timeouts) yield return (true, true);
        if (ports) yield return (true, false);
        if (timeouts) yield return (false, true);
        yield return (false, false);
    }
}
