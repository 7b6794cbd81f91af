using NSec.Cryptography;

namespace UdpTun.Transport.Secure.Primitives;

/// <summary>
/// One X25519 key pair (RFC 7748). libsodium guards each private key with four memory mappings, and a process may have 65,530:
/// only the static key and the ephemeral keys of handshakes under way may live at a time. Importing a private key computes the
/// public one again, so the static key is imported once and kept.
/// </summary>
internal sealed class X25519Key : IDisposable
{
    public const int Bytes = 32;
    [ThreadStatic] private static long t_agreements;

    private readonly Key _key;

    private X25519Key(Key key)
    {
        _key = key;
        PublicKey = key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
    }

    public byte[] PublicKey { get; }

    public static X25519Key Generate() => new(Key.Create(KeyAgreementAlgorithm.X25519));

    public static X25519Key Import(ReadOnlySpan<byte> privateKey) =>
        new(Key.Import(KeyAgreementAlgorithm.X25519, privateKey, KeyBlobFormat.RawPrivateKey));

    /// <summary>Agreements tried on this thread: the costly operation that nobody must be able to bring about with junk.</summary>
    internal static long Agreements => t_agreements;

    /// <summary>False when <paramref name="theirs"/> is of low order: the secret would be all zeros and anybody could know it.</summary>
    public bool TryAgree(ReadOnlySpan<byte> theirs, Span<byte> secret)
    {
        t_agreements++;
        var algorithm = KeyAgreementAlgorithm.X25519;
        if (!NSec.Cryptography.PublicKey.TryImport(algorithm, theirs, KeyBlobFormat.RawPublicKey, out var publicKey)) return false;
        var exportable = new SharedSecretCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };
        using var agreed = algorithm.Agree(_key, publicKey!, exportable);
        return agreed is not null && agreed.TryExport(SharedSecretBlobFormat.RawSharedSecret, secret, out _);
    }

    public void Dispose() => _key.Dispose();
}
