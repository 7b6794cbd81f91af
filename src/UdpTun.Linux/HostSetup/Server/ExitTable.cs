using UdpTun.Net.Io;
using UdpTun.Net.Nat;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Makes the nft table with as much of what is wanted as nft and the kernel take here. What they take is found by asking them:
/// a table is made whole or not at all.
/// </summary>
internal sealed class ExitTable(ExitRules rules, HostJournal journal, Action<string>? warn)
{
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
            if (timeouts is not null && KernelTimers.Shortfall(timeouts, raised: withTimeouts, rules.HasV6) is { } shortfall) warn?.Invoke(shortfall);
            return withPorts ? ServerExit.PortRange : ServerExit.Masquerade;
        }

        throw new InvalidOperationException("the plainest table was neither made nor refused");
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
