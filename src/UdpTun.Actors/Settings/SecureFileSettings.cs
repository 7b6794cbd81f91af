using UdpTun.Actors.Settings.Reading;
using UdpTun.Transport.Secure;

namespace UdpTun.Actors.Settings;

/// <summary>Where the keys and peers of the secure transport are kept. What is in those files becomes <see cref="SecureSettings"/>.</summary>
/// <param name="PrivateKeyFile">Absolute path.</param>
/// <param name="PeersDirectory">Absolute path.</param>
/// <param name="NewPeer">For the verb that adds a peer.</param>
/// <param name="Times">How long keys are good.</param>
/// <param name="AllowsAes">Whether a session may have AES-256-GCM.</param>
public sealed record SecureFileSettings(string PrivateKeyFile, string PeersDirectory, NewPeerSettings NewPeer, ProtocolTimes Times, bool AllowsAes)
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    public const string PrivateKeyFileKey = "udptun.secure.private-key-file";
    public const string PeersDirectoryKey = "udptun.secure.peers-directory";

    internal static SecureFileSettings Read(SettingsReader reader)
    {
        // The defaults of all peers are checked here once; each file is read over them when its time has come.
        if (PeerSettings.Read(reader, "") is not null)
            throw new SettingsException($"{PeerSettings.Section}.public-key", $"{PeerSettings.Section}.public-key belongs into the peer's own file");
        return new SecureFileSettings(
            Path(reader, PrivateKeyFileKey), Path(reader, PeersDirectoryKey), NewPeerSettings.Read(reader), ReadTimes(reader), ReadCipher(reader));
    }

    private static bool ReadCipher(SettingsReader reader) => reader.Parsed<bool>("udptun.secure.cipher", "auto or chacha20-poly1305", text =>
        text switch { "auto" => true, "chacha20-poly1305" => false, _ => null });

    private static ProtocolTimes ReadTimes(SettingsReader reader)
    {
        const string Times = "udptun.secure.times", RejectKey = $"{Times}.reject-after";
        var (rekey, reject) = (reader.Time($"{Times}.rekey-after", Least, ProtocolTimes.Standard.RekeyAfter), reader.Time(RejectKey, Least, ProtocolTimes.Standard.RejectAfter));
        if (reject <= rekey) throw new SettingsException(RejectKey, $"{RejectKey} is {reject.TotalSeconds}s, but must be more than {Times}.rekey-after");
        var messages = reader.CountOr("standard", $"{Times}.rekey-after-messages", 10, int.MaxValue, "datagrams");
        return new ProtocolTimes
        {
            RekeyAfter = rekey,
            RejectAfter = reject,
            RekeyAfterMessages = (ulong?)messages ?? ProtocolTimes.Standard.RekeyAfterMessages,
        };
    }

    private static string Path(SettingsReader reader, string key) =>
        reader.Parsed(key, "an absolute path", text => System.IO.Path.IsPathRooted(text) ? text : null);
}
