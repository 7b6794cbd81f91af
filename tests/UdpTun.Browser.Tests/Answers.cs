using System.Text.Json;

namespace UdpTun.Browser.Tests;

/// <summary>A stream of answers, as the server gives them, with one text in every place that the network has a say in.</summary>
internal static class Answers
{
    public static string With(string text)
    {
        var traffic = new { packets = 1, bytes = 1 };
        object[] none = [];
        object flows = new
        {
            flows = new[]
            {
                new
                {
                    id = text, protocol = text, peer = text, inner = text, outer = text, remote = text, state = text, ageSeconds = 1, idleSeconds = 1,
                    leftSeconds = 1, @out = traffic, @in = traffic, outRate = 1000, inRate = 1000,
                },
            },
            matching = 1,
            sessions = 1,
            mappings = 1,
            strands = new[] { new { peer = text, outer = text, external = text, flows = 1, outRate = 1000, inRate = 1000 } },
        };
        return string.Concat(
            Event("status", new
            {
                instance = text,
                role = text,
                version = text,
                transport = text,
                exit = text,
                server = text,
                mtu = 1420,
                uptimeSeconds = 1,
                peerCount = 1,
                sessions = 1,
                mappings = 1,
                peers = none,
                devices = new[] { new { name = text, open = false } },
                drops = new Dictionary<string, int> { [text] = 1 },
            }),
            Event("flows", flows),
            Event("flows", flows), // rates are known from the second on
            Event("events", new
            {
                missed = 0,
                events = new[] { new { at = "2026-11-26T12:00:00Z", @event = "flow-opened", peer = text, flow = text, inner = text, outer = text, remote = text, why = text } },
            }));
    }

    private static string Event(string name, object data) => $"event: {name}\ndata: {JsonSerializer.Serialize(data)}\n\n";
}
