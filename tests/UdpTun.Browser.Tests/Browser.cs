using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Playwright;
using UdpTun.EndToEnd;

namespace UdpTun.Browser.Tests;

/// <summary>Debian's Chromium, without a window, inside a host of a topology.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Chromium = "/usr/bin/chromium";

    // The first for root, whom Chromium's sandbox refuses; the others keep it from calling home.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync",
    ];

    private readonly string _starter;
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly ConcurrentQueue<string> _complaints = new();

    private Browser(string starter, IPlaywright playwright, IBrowser browser) => (_starter, _playwright, _browser) = (starter, playwright, browser);

    /// <summary>Why there is no browser here; null where there is.</summary>
    public static string? Obstacle => File.Exists(Chromium) ? null : $"there is no {Chromium} here (./run.sh test installs it)";

    /// <summary>What pages said on their consoles that is more than a remark: errors, and what the policy forbade.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    public static async Task<Browser> StartAsync(NetworkNamespace host)
    {
        // The driver talks with what it starts by two pipes that 'ip netns exec' hands on.
        var starter = Path.Combine(Path.GetTempPath(), $"{host.Name}-chromium");
        await File.WriteAllTextAsync(starter, $"#!/bin/sh\nexec {string.Join(' ', host.Inside([Chromium]))} \"$@\"\n");
        File.SetUnixFileMode(starter, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var playwright = await Playwright.CreateAsync();
        return new Browser(starter, playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = starter, Args = Arguments }));
    }

    /// <summary>A page of its own, with nothing remembered.</summary>
    public async Task<IPage> OpenAsync(string url, ColorScheme scheme = ColorScheme.Light, int width = 1360, int height = 1000)
    {
        var context = await _browser.NewContextAsync(new()
        {
            ColorScheme = scheme,
            ViewportSize = new() { Width = width, Height = height },
            ReducedMotion = ReducedMotion.Reduce,
        });
        var page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _complaints.Enqueue(message.Text);
        };
        page.PageError += (_, error) => _complaints.Enqueue(error);
        await page.GotoAsync(url);
        return page;
    }

    /// <summary>Keeps a picture of a page under artifacts/page, where people may look at it.</summary>
    public static Task KeepAsync(IPage page, string name) => page.ScreenshotAsync(new()
    {
        Path = Path.Combine(
            Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Artifacts").Value!, $"{name}.png"),
        FullPage = true,
    });

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
        File.Delete(_starter);
    }
}
