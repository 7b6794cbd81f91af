using System.Runtime.InteropServices;

namespace UdpTun.Transport.Secure.PacketCiphers.OpenSsl;

/// <summary>Owns an EVP_CIPHER_CTX; freeing it wipes the key it holds.</summary>
internal sealed class CipherContext : SafeHandle
{
    public CipherContext() : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Libcrypto.EVP_CIPHER_CTX_free(handle);
        return true;
    }
}
