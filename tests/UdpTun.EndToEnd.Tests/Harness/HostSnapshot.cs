namespace UdpTun.EndToEnd.Tests.Harness;

/// <summary>All that UdpTun may change on a host, as text: what is equal before and after was left as it was found.</summary>
internal static class HostSnapshot
{
    // The demonstration compares with the same script.
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "host-snapshot.sh");

    internal static string Take(NetworkNamespace host) => host.Run(Script);
}
