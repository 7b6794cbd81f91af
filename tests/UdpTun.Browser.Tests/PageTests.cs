using System.Text.RegularExpressions;
using Microsoft.Playwright;
using UdpTun.EndToEnd;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace UdpTun.Browser.Tests;

/// <summary>The live page of a real server, as a browser shows it.</summary>
public sealed partial class PageTests(ITestOutputHelper output)
{
    private const float Patience = 20_000;
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public async Task Rows_should_move_and_a_kill_should_end_one_flow_alone()
    {
        await using var net = Topology();
        await net.StartServer("port-range", ["--set", "udptun.page.open=at-start"]);
        await net.StartClient(1, "--route", "203.0.113.0/24");
        await net.StartClient(2, "--route", "203.0.113.0/24");
        var (victim, neighbour) = (net.Use(new Conversation(net, 1, 5001)), net.Use(new Conversation(net, 2, 5002)));
        await using var browser = await Browser.StartAsync(net.Server);
        var page = await browser.OpenAsync(AddressOf(net));

        var row = page.Locator("#rows tr", new() { HasText = "203.0.113.10:5001" });
        await Expect(page.Locator("#state")).ToHaveTextAsync("live", new() { Timeout = Patience });
        await Expect(row.Locator(".flow-state")).ToHaveTextAsync("established", new() { Timeout = Patience });
        await Expect(row.Locator("td.up")).ToHaveTextAsync(Rate(), new() { Timeout = Patience });
        var carried = await row.Locator("td.carried").TextContentAsync();
        await Expect(row.Locator("td.carried")).Not.ToHaveTextAsync(carried!, new() { Timeout = Patience });
        await Expect(page.Locator("#picture text.name").Filter(new() { HasText = "203.0.113.1" })).ToBeVisibleAsync(new() { Timeout = Patience });
        await Expect(page.Locator("#chart path.line")).ToHaveCountAsync(2, new() { Timeout = Patience });

        await row.Locator("button.flow").PressAsync("Enter"); // by keyboard
        await Expect(page.Locator(".detail dd").Nth(1)).ToContainTextAsync("which the internet knows as 203.0.113.1:", new() { Timeout = Patience });
        await page.Locator(".detail .kill").ClickAsync();
        Assert.Equal("established", await row.Locator(".flow-state").TextContentAsync()); // asks first
        await page.Locator(".detail .kill.sure").ClickAsync();

        await Expect(row.Locator(".flow-state")).ToHaveTextAsync("killed", new() { Timeout = Patience });
        await Expect(page.Locator("#events li[data-event=flow-killed]")).ToHaveCountAsync(1, new() { Timeout = Patience });
        await Expect(page.Locator("#drops li").Filter(new() { HasText = "Killed" })).ToBeVisibleAsync(new() { Timeout = Patience });
        var (before, others) = (victim.Answers, neighbour.Answers);
        await Eventually.Holds("the neighbour goes on", LongPatience, () => neighbour.Answers > others + 10);
        Assert.InRange(victim.Answers, before, before + 1); // one may have been under way
        await Browser.KeepAsync(page, "light");
        await Browser.KeepAsync(await Follow(browser, AddressOf(net), ColorScheme.Dark), "dark");
        Assert.Empty(browser.Complaints);
    }

    [SkippableFact]
    public async Task Search_should_find_and_an_order_should_be_kept()
    {
        await using var net = Topology();
        await net.StartServer();
        await net.StartClient(1, "--route", "203.0.113.0/24");
        for (var port = 5001; port <= 5004; port++) net.Use(new Conversation(net, 1, port));
        await using var browser = await Browser.StartAsync(net.Server);
        var page = await Follow(browser, AddressOf(net));
        await Expect(page.Locator("#rows tr")).ToHaveCountAsync(4, new() { Timeout = Patience });

        await page.Locator("#search").FillAsync(":5003");
        await Expect(page.Locator("#rows tr")).ToHaveCountAsync(1, new() { Timeout = Patience });
        await Expect(page.Locator("#flows-count")).ToHaveTextAsync("1 of 4 flows on 4 mappings", new() { Timeout = Patience });
        await page.Locator("#search").FillAsync("no such flow");
        await Expect(page.Locator("#flows-empty")).ToHaveTextAsync("No flow is like that.", new() { Timeout = Patience });
        await page.Locator("#search").FillAsync("");
        await page.Locator("th[data-sort=newest] button").ClickAsync();
        await page.Mouse.MoveAsync(0, 0);
        await Expect(page.Locator("#rows tr td.remote")).ToHaveTextAsync(
            new[] { "203.0.113.10:5004", "203.0.113.10:5003", "203.0.113.10:5002", "203.0.113.10:5001" }, new() { Timeout = Patience });
        Assert.Empty(browser.Complaints);
    }

    [SkippableFact]
    public async Task Page_should_say_that_the_server_went_away_and_find_it_again()
    {
        await using var net = Topology();
        var server = await net.StartServer("--set", "udptun.page.open=at-start");
        await using var browser = await Browser.StartAsync(net.Server);
        var page = await Follow(browser, AddressOf(net));
        await Expect(page.Locator("#picture")).ToHaveTextAsync("No client has come yet.", new() { Timeout = Patience });

        await server.Stop();
        await Expect(page.Locator("#state")).ToHaveTextAsync(TryingAgain(), new() { Timeout = Patience });
        await net.StartServer("--set", "udptun.page.open=at-start");

        await Expect(page.Locator("#state")).ToHaveTextAsync("live", new() { Timeout = Patience });
    }

    [SkippableFact]
    public async Task Page_should_be_locked_without_its_token_and_keep_it_out_of_the_address_with_it()
    {
        await using var net = Topology();
        await net.StartServer();
        var address = AddressOf(net);
        await using var browser = await Browser.StartAsync(net.Server);

        var page = await Follow(browser, address);
        Assert.DoesNotContain("#", page.Url);
        await page.ReloadAsync();
        await Expect(page.Locator("#state")).ToHaveTextAsync("live", new() { Timeout = Patience });
        Assert.Empty(browser.Complaints);

        foreach (var wrong in new[] { address.Split('#')[0], $"{address}x" })
        {
            var locked = await browser.OpenAsync(wrong);
            await Expect(locked.Locator("#locked")).ToContainTextAsync("udptun page", new() { Timeout = Patience });
            await Expect(locked.Locator("#main")).ToBeHiddenAsync();
        }
    }

    [SkippableFact]
    public async Task Text_from_the_network_should_stay_text()
    {
        const string Hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>";
        await using var net = Topology();
        await net.StartServer();
        await using var browser = await Browser.StartAsync(net.Server);
        var page = await browser.OpenAsync("about:blank");
        page.Dialog += (_, dialog) => Assert.Fail(dialog.Message);
        await page.RouteAsync("**/api/watch?*", route => route.FulfillAsync(new() { ContentType = "text/event-stream", Body = Answers.With(Hostile) }));

        await page.GotoAsync(AddressOf(net));

        await Expect(page.Locator("#rows td.peer")).ToHaveTextAsync(Hostile, new() { Timeout = Patience });
        await Expect(page.Locator("#picture text.name").First).ToContainTextAsync(Hostile, new() { Timeout = Patience });
        await Expect(page.Locator("#events .peer")).ToHaveTextAsync(Hostile, new() { Timeout = Patience });
        await Expect(page.Locator("#drops .label")).ToContainTextAsync("<img", new() { Timeout = Patience });
        await Expect(page.Locator("h1")).ToHaveTextAsync(Hostile, new() { Timeout = Patience });
        Assert.Equal(0, await page.Locator("main img, main script, h1 img").CountAsync());
    }

    [SkippableFact]
    public async Task Phone_should_show_all_of_it_without_scrolling_sideways()
    {
        await using var net = Topology();
        await net.StartServer();
        await net.StartClient(1, "--route", "203.0.113.0/24");
        net.Use(new Conversation(net, 1, 5001));
        await using var browser = await Browser.StartAsync(net.Server);
        var page = await Follow(browser, AddressOf(net), width: 360);
        await Expect(page.Locator("#rows .flow-state")).ToHaveTextAsync("established", new() { Timeout = Patience });

        await page.Locator("#rows .flow").ClickAsync();
        await Expect(page.Locator(".detail dd").First).ToContainTextAsync("begun by the client", new() { Timeout = Patience });

        Assert.Equal(360, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        foreach (var part in new[] { ".detail .kill", "#rows td.up", "#sort", "#figures", "#chart svg", "#picture svg", "#state" })
        {
            var box = (await page.Locator(part).First.BoundingBoxAsync())!;
            Assert.True(box.X >= 0 && box.X + box.Width <= 360, $"{part} is cut off: {box.X} to {box.X + box.Width}");
        }

        await Browser.KeepAsync(page, "phone");
    }

    private TunnelTopology Topology()
    {
        Skip.If(NamespaceSupport.Obstacle is not null, NamespaceSupport.Obstacle);
        Skip.If(Browser.Obstacle is not null, Browser.Obstacle);
        return new TunnelTopology(output.WriteLine);
    }

    private static string AddressOf(TunnelTopology net)
    {
        var told = net.Try(net.Server, "page", "--instance", "servertun");
        Assert.Equal((0, ""), (told.ExitCode, told.Error));
        return told.Output.Trim();
    }

    private static async Task<IPage> Follow(Browser browser, string address, ColorScheme scheme = ColorScheme.Light, int width = 1360)
    {
        var page = await browser.OpenAsync(address, scheme, width);
        await Expect(page.Locator("#state")).ToHaveTextAsync("live", new() { Timeout = Patience });
        await Expect(page.Locator("#picture")).Not.ToBeEmptyAsync(new() { Timeout = Patience });
        return page;
    }

    [GeneratedRegex(@"^\d+(\.\d)? [kM]?bit/s$")]
    private static partial Regex Rate();

    [GeneratedRegex(@"^the server went away, trying again in \d+ s$")]
    private static partial Regex TryingAgain();
}
