using System.Globalization;

namespace UdpTun.Net.Nat;

/// <summary>Numbers a session from 1; never reused while the table lives.</summary>
public readonly record struct SessionId(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
