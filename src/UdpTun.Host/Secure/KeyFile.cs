using UdpTun.Host.Configuration;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Secure;

/// <summary>A private key in a file of its own: one line of base64, as <c>udptun keygen</c> and <c>wg genkey</c> write it.</summary>
internal static class KeyFile
{
    /// <exception cref="ConfigurationException">There is none, others may read it, or it is no key. The message does not show it.</exception>
    internal static SecretKey Read(string path) => SecretKey.TryParse(SecretFile.Read(path).Trim(), out var key)
        ? key
        : throw ConfigurationException.At(path, "it holds no private key, which is one line of 44 characters (udptun keygen writes one)");

    /// <summary>The key of the file, made where there is no file.</summary>
    /// <returns>The key, and whether it is new.</returns>
    internal static (SecretKey Key, bool IsNew) ReadOrMake(string path)
    {
        if (File.Exists(path)) return (Read(path), false);
        var key = SecretKey.GeneratePrivate();
        SecretFile.Create(path, $"{key.Reveal()}\n");
        return (key, true);
    }
}
