namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>The settings that switch all offload of one program on or off.</summary>
internal static class Offload
{
    /// <param name="state"><c>on</c> or <c>off</c>.</param>
    internal static string[] Arguments(string state) => ["--set", $"udptun.tun.offload={state}", "--set", $"udptun.udp.offload={state}"];
}
