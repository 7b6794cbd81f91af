using UdpTun.Host.Control;
using UdpTun.Host.Control.Peers;

namespace UdpTun.Host.Reload;

/// <summary>What a reload came to.</summary>
/// <param name="Taken">Settings that hold otherwise from now on.</param>
/// <param name="NeedRestart">Settings that are written otherwise and hold as before until the next start.</param>
/// <param name="Waiting">What holds only when flows that are there have ended, a sentence each.</param>
/// <param name="Peers">What became of the peers; null where there are none.</param>
internal sealed record ReloadReport(
    IReadOnlyList<SettingChange> Taken, IReadOnlyList<SettingChange> NeedRestart, IReadOnlyList<string> Waiting, PeersReloaded? Peers) : Answer;
