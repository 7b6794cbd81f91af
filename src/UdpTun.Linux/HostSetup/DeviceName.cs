using System.Text;
using UdpTun.Net.Io;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// Which interface names are taken. Narrower than the kernel's rule, because the name also becomes a directory, an nft string
/// (where a trailing * would be a pattern) and part of an nft table's name.
/// </summary>
internal static class DeviceName
{
    private const int Longest = 15;

    /// <exception cref="DeviceUnavailableException">Not such a name.</exception>
    public static string Check(string name) => IsValid(name)
        ? name
        : throw new DeviceUnavailableException(
            $"'{name}' cannot name a TUN (1 to {Longest} letters, digits, dots, dashes or underscores, and not only dots: udptun.tun.name)");

    /// <summary>The name with everything but letters and digits escaped, so that two devices never share an nft table.</summary>
    public static string ToNftName(string name)
    {
        var text = new StringBuilder("udptun_");
        foreach (var letter in name)
        {
            if (char.IsAsciiLetterOrDigit(letter)) text.Append(letter);
            else if (letter == '_') text.Append("__");
            else text.Append('_').Append(((int)letter).ToString("x2"));
        }

        return text.ToString();
    }

    private static bool IsValid(string name) =>
        name.Length is > 0 and <= Longest
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')
        && !name.All(letter => letter == '.');
}
