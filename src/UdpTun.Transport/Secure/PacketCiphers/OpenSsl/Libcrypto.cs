using System.Runtime.InteropServices;

namespace UdpTun.Transport.Secure.PacketCiphers.OpenSsl;

/// <summary>What we call of OpenSSL 3's EVP interface, in its own spelling: openssl/evp.h, EVP_EncryptInit(3).</summary>
internal static unsafe partial class Libcrypto
{
    public const int EVP_CTRL_AEAD_GET_TAG = 0x10, EVP_CTRL_AEAD_SET_TAG = 0x11;
    private const string Library = "libcrypto.so.3";

    public static bool IsPresent { get; } = NativeLibrary.TryLoad(Library, out _);

    [LibraryImport(Library)]
    public static partial CipherContext EVP_CIPHER_CTX_new();

    [LibraryImport(Library)]
    public static partial void EVP_CIPHER_CTX_free(nint ctx);

    [LibraryImport(Library)]
    public static partial nint EVP_chacha20_poly1305();

    [LibraryImport(Library)]
    public static partial nint EVP_aes_256_gcm();

    [LibraryImport(Library)]
    public static partial int EVP_CipherInit_ex(CipherContext ctx, nint cipher, nint engine, byte* key, byte* iv, int enc);

    [LibraryImport(Library)]
    public static partial int EVP_CipherUpdate(CipherContext ctx, byte* output, int* outputLength, byte* input, int inputLength);

    [LibraryImport(Library)]
    public static partial int EVP_CipherFinal_ex(CipherContext ctx, byte* output, int* outputLength);

    [LibraryImport(Library)]
    public static partial int EVP_CIPHER_CTX_ctrl(CipherContext ctx, int type, int arg, byte* pointer);
}
