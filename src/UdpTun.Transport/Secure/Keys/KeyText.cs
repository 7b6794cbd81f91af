namespace UdpTun.Transport.Secure.Keys;

/// <summary>Keys as text: exactly 44 characters of base64, the last a '='.</summary>
internal static class KeyText
{
    private const int Characters = 44;

    /// <summary>False for anything that is not one key written in the one way there is (its two spare bits are zero).</summary>
    public static bool TryRead(string text, Span<byte> bytes) =>
        text.Length == Characters && Convert.TryFromBase64String(text, bytes, out var written) && written == bytes.Length
        && Convert.ToBase64String(bytes) == text;
}
