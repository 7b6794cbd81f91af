using System.Buffers;

namespace UdpTun.Transport.Uapi;

/// <summary>A key as UAPI writes it: 64 hexadecimal digits.</summary>
internal static class UapiKey
{
    private const int Bytes = 32;

    /// <summary>How "no key" is written.</summary>
    public static ReadOnlySpan<byte> None => new byte[Bytes];

    /// <exception cref="UapiException">Not 64 digits.</exception>
    public static byte[] Read(string key, string value)
    {
        var bytes = new byte[Bytes];
        if (value.Length != Bytes * 2 || Convert.FromHexString(value, bytes, out _, out _) != OperationStatus.Done) throw Wrong(key);
        return bytes;
    }

    public static string Write(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    public static UapiException Wrong(string key) => new(UapiErrno.Invalid, $"the value of {key} is not understood");
}
