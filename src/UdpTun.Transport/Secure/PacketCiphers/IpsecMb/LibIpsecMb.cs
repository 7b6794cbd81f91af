using System.Runtime.InteropServices;

namespace UdpTun.Transport.Secure.PacketCiphers.IpsecMb;

/// <summary>
/// What we call of Intel's Multi-Buffer Crypto for IPsec (Debian: libipsec-mb1), in its own spelling: intel-ipsec-mb.h. As its macros
/// IMB_GET_NEXT_JOB and IMB_SUBMIT_JOB_NOCHECK do, the calls for a packet and a key go through pointers at fixed places of the manager, which the library's
/// number 1 vouches for.
/// </summary>
internal static unsafe partial class LibIpsecMb
{
    public const int GetNextJobOffset = 64, SubmitJobNoCheckOffset = 80, Gcm256PreOffset = 464; // of struct IMB_MGR
    public const int CHACHA20_POLY1305 = 19, AUTH_CHACHA20_POLY1305 = 29; // IMB_CIPHER_MODE, IMB_HASH_ALG
    public const int GCM = 5, AUTH_AES_GMAC = 9;
    public const int DIR_ENCRYPT = 1, DIR_DECRYPT = 2, ORDER_CIPHER_HASH = 1, ORDER_HASH_CIPHER = 2, STATUS_COMPLETED = 3;

    private const string Library = "libIPSec_MB.so.1";

    /// <summary>Whether it is there, for processors that it knows.</summary>
    public static bool IsPresent { get; } =
        RuntimeInformation.ProcessArchitecture == Architecture.X64 && NativeLibrary.TryLoad(Library, out _) && JobManager.Works();

    [LibraryImport(Library)]
    public static partial nint alloc_mb_mgr(ulong flags);

    [LibraryImport(Library)]
    public static partial void free_mb_mgr(nint state);

    [LibraryImport(Library)]
    public static partial void init_mb_mgr_auto(nint state, int* arch);
}
