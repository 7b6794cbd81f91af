using System.Globalization;

namespace UdpTun.Net.Nat;

/// <summary>Numbers a session from 1; never reused while the table lives.</summary>
public readonly record struct SessionId(long Value)
{
    /// <summary>Reads a session's name (<c>tcp-42</c>) or its number alone.</summary>
    public static bool TryParse(string text, out SessionId id)
    {
        var digits = text.AsSpan(text.LastIndexOf('-') + 1);
        var isNumber = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0;
        id = new SessionId(value);
        return isNumber;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
