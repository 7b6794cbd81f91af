using System.Security.Cryptography;
using System.Text;
using UdpTun.Linux.HostSetup;

namespace UdpTun.Host.Page;

/// <summary>
/// What a browser has to show before it sees or changes anything: the socket of the control API is closed to other users of the host, a port on
/// loopback is not. Kept over restarts in the state directory, <c>INODE-DEVICE.page-token</c>, so that an open page finds the server again.
/// </summary>
internal sealed class PageToken
{
    private const int Bytes = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly byte[] _digest;

    internal PageToken(string text) => (Text, _digest) = (text, Digest(text));

    public string Text { get; }

    /// <summary>The instance's own: the one that is kept, or a new one where there is none or others could have read it.</summary>
    /// <exception cref="IOException">It cannot be kept; or <see cref="UnauthorizedAccessException"/>.</exception>
    public static PageToken Of(InstancePlace place)
    {
        var path = $"{place.Directory}.page-token";
        if (File.Exists(path) && (File.GetUnixFileMode(path) & Others) == 0 && File.ReadAllText(path).Trim() is { Length: >= Bytes } kept)
            return new PageToken(kept);
        File.Delete(path);
        var text = Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        using var file = new StreamWriter(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
        file.WriteLine(text);
        return new PageToken(text);
    }

    /// <summary>Whether it is this one; takes as long whatever is wrong with it.</summary>
    public bool Is(string shown) => CryptographicOperations.FixedTimeEquals(Digest(shown), _digest);

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
