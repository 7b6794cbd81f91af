namespace UdpTun.Host.Tests.Page;

/// <summary>What a browser, another program of the host, and a hostile web site get from the page's port.</summary>
public sealed class PageServerTests
{
    private const string Authorized = $"Authorization: Bearer {RunningPage.Token}";

    [Theory]
    [InlineData("/", "text/html; charset=utf-8", "<title>udptun</title>")]
    [InlineData("/page.css", "text/css; charset=utf-8", "--back")]
    [InlineData("/main.js", "text/javascript; charset=utf-8", "takeToken")]
    [InlineData("/icon.svg", "image/svg+xml", "<svg")]
    public async Task File_should_come_whole_and_without_a_token(string path, string type, string part)
    {
        await using var page = await RunningPage.StartAsync();

        var (status, head, body) = await page.Send($"GET {path} HTTP/1.1", $"Host: 127.0.0.1:{page.Port}");

        Assert.Equal(200, status);
        Assert.Contains($"\r\nContent-Type: {type}\r\n", head);
        Assert.Contains(part, body);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("GET /api/status HTTP/1.1")] // 401
    [InlineData("GET /nowhere HTTP/1.1")] // 404
    public async Task Every_answer_should_forbid_what_the_page_does_not_need(string request)
    {
        await using var page = await RunningPage.StartAsync();

        var (_, head, _) = await page.Send(request, "Host: localhost");

        var policy = Assert.Single(head.Split("\r\n"), line => line.StartsWith("Content-Security-Policy: ", StringComparison.Ordinal));
        foreach (var rule in new[] { "default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'" })
            Assert.Contains(rule, policy);
        Assert.DoesNotContain("unsafe", policy);
        foreach (var header in new[] { "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "X-Frame-Options: DENY", "Cache-Control: no-store" })
            Assert.Contains($"\r\n{header}", head);
        Assert.DoesNotContain("\r\nAccess-Control-", head);
        Assert.DoesNotContain("\r\nServer:", head);
    }

    [Theory]
    [InlineData("127.0.0.1:9880", 200)]
    [InlineData("localhost:5000", 200)] // behind ssh -L
    [InlineData("LOCALHOST", 200)]
    [InlineData("[::1]:9880", 200)]
    [InlineData("evil.example", 403)]
    [InlineData("evil.example:9880", 403)]
    [InlineData("127.0.0.1.evil.example", 403)]
    [InlineData("localhost.", 403)]
    [InlineData("192.168.0.1:9880", 403)]
    public async Task Name_of_another_host_should_be_refused_with_the_right_token_too(string host, int expected)
    {
        await using var page = await RunningPage.StartAsync();

        Assert.Equal(expected, (await page.Send("GET /api/status HTTP/1.1", $"Host: {host}", Authorized)).Status);
        Assert.Equal(expected, (await page.Send("GET / HTTP/1.1", $"Host: {host}")).Status);
    }

    [Theory]
    [InlineData("Origin: http://localhost:9880", 200)]
    [InlineData("Origin: http://localhost:9881", 403)]
    [InlineData("Origin: https://localhost:9880", 403)]
    [InlineData("Origin: http://evil.example", 403)]
    [InlineData("Origin: null", 403)]
    [InlineData("Sec-Fetch-Site: same-origin", 200)]
    [InlineData("Sec-Fetch-Site: none", 200)]
    [InlineData("Sec-Fetch-Site: cross-site", 403)]
    [InlineData("Sec-Fetch-Site: same-site", 403)]
    public async Task Request_of_another_site_should_change_nothing(string header, int expected)
    {
        await using var page = await RunningPage.StartAsync();

        var (status, _, _) = await page.Send("POST /api/flows/tcp-1/kill HTTP/1.1", "Host: localhost:9880", Authorized, header, "Content-Length: 0");

        Assert.Equal((expected, expected == 200 ? 1 : 0), (status, page.Kills));
    }

    [Theory]
    [InlineData("X-Nothing: 1")]
    [InlineData("Authorization: Bearer")]
    [InlineData("Authorization: Bearer token-of-the-test-with-more-than-32-lettert")]
    [InlineData("Authorization: Bearer token-of-the-test-with-more-than-32-letters0")]
    [InlineData($"Authorization: Basic {RunningPage.Token}")]
    [InlineData($"Cookie: token={RunningPage.Token}")]
    public async Task Without_its_token_nothing_should_be_told_or_changed(string header)
    {
        await using var page = await RunningPage.StartAsync();

        var read = await page.Send($"GET /api/status?token={RunningPage.Token} HTTP/1.1", "Host: localhost", header);
        var kill = await page.Send("POST /api/flows/tcp-1/kill HTTP/1.1", "Host: localhost", header, "Content-Length: 0");

        Assert.Equal((401, 401, 0), (read.Status, kill.Status, page.Kills));
        Assert.Contains("udptun page", read.Body);
        Assert.DoesNotContain("4711", read.Body);
        Assert.Contains("\r\nWWW-Authenticate: Bearer", read.Head);
    }

    [Theory]
    [InlineData("GET /api/page HTTP/1.1", 404)]
    [InlineData("POST /api/page HTTP/1.1", 404)]
    [InlineData("POST /api/taps HTTP/1.1", 404)]
    [InlineData("POST /api/peers/reload HTTP/1.1", 404)]
    [InlineData("GET /api/flows/tcp-1/kill HTTP/1.1", 404)]
    [InlineData("DELETE /api/status HTTP/1.1", 404)]
    [InlineData("POST / HTTP/1.1", 404)]
    [InlineData("GET /../hocon/reference.conf HTTP/1.1", 404)]
    [InlineData("GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1", 404)]
    [InlineData("GET /reference.conf HTTP/1.1", 404)]
    [InlineData("GET /main.js/ HTTP/1.1", 200)] // the same file
    [InlineData("TRACE / HTTP/1.1", 404)]
    [InlineData("GET /\0 HTTP/1.1", 400)]
    [InlineData("nonsense", 400)]
    public async Task What_there_is_not_should_be_refused(string request, int expected)
    {
        await using var page = await RunningPage.StartAsync();

        var (status, _, _) = await page.Send(request, "Host: localhost", Authorized, "Content-Length: 0");

        Assert.Equal((expected, 0), (status, page.Kills));
    }

    [Theory]
    [InlineData("Content-Length: 1", "")]
    [InlineData("Content-Length: 99999999999", "")]
    [InlineData("Transfer-Encoding: chunked", "1\r\nx\r\n0\r\n\r\n")]
    public async Task Body_should_be_refused_and_not_waited_for(string header, string sent)
    {
        await using var page = await RunningPage.StartAsync();

        var (status, _, body) = await page.SendWith(sent, "POST /api/flows/tcp-1/kill HTTP/1.1", "Host: localhost", Authorized, header);

        Assert.Equal((413, 0), (status, page.Kills));
        Assert.Contains("\"error\":\"nothing here takes a body\"", body);
    }

    [Fact]
    public async Task Long_headers_should_be_refused()
    {
        await using var page = await RunningPage.StartAsync();

        Assert.Equal(431, (await page.Send("GET / HTTP/1.1", "Host: localhost", $"X-Long: {new string('x', 20_000)}")).Status);
    }

    [Fact]
    public async Task Request_without_a_host_should_be_refused()
    {
        await using var page = await RunningPage.StartAsync();

        Assert.Equal(400, (await page.Send("GET / HTTP/1.1", "X-Nothing: 1")).Status);
        Assert.Equal(403, (await page.Send("GET / HTTP/1.0", "X-Nothing: 1")).Status);
    }

    [Fact]
    public async Task Right_request_should_be_answered()
    {
        await using var page = await RunningPage.StartAsync();

        var (status, _, body) = await page.Send("GET /api/status HTTP/1.1", $"Host: 127.0.0.1:{page.Port}", Authorized);

        Assert.Equal(200, status);
        Assert.Contains("\"instance\":\"tun7\"", body);
    }
}
