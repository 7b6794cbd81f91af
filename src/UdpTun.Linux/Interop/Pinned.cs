using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UdpTun.Linux.Interop;

/// <summary>Addresses within arrays that the collector never moves (GC.AllocateArray with pinned: true), for as long as these are held.</summary>
internal static unsafe class Pinned
{
    public static byte* At(byte[] array, int offset) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)) + offset;

    public static T* First<T>(T[] array) where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
}
