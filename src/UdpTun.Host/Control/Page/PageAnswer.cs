namespace UdpTun.Host.Control.Page;

/// <summary>Where the page is. Told to whoever may use the control socket, and nobody else.</summary>
/// <param name="Address">For a browser on the same host.</param>
/// <param name="Token">What the page asks for.</param>
internal sealed record PageAnswer(string Address, string Token) : Answer
{
    /// <summary>Address and token in one; a browser sends no fragment anywhere.</summary>
    public string Url => $"{Address}#{Token}";
}
