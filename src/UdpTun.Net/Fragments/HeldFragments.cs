// Stage: the flow grouper, fragments only. Thread: the loop. Memory: copies into arrays rented for the time of waiting.
using System.Buffers;
using UdpTun.Net.Buffers;
using UdpTun.Net.Counters;
using UdpTun.Net.Flows;
using UdpTun.Net.Peers;

namespace UdpTun.Net.Fragments;

/// <summary>
/// Fragments that came before their datagram's first one, in the order of arrival. Bounded in number and bytes; the oldest makes room.
/// </summary>
/// <param name="drops">Counts those whose first fragment does not come.</param>
internal sealed class HeldFragments(DropCounters drops)
{
    public const int MaxCount = 256;
    public const int MaxBytes = 64 << 10; // one datagram of the greatest length

    private readonly List<Held> _held = new(MaxCount);
    private int _bytes;
    private int _released;

    /// <summary>Whether the first fragment of any has come.</summary>
    public bool HasReleased => _released > 0;

    public void Add(FragmentedDatagram datagram, ReadOnlySpan<byte> packet, InetEndpoint remote, PeerId peer)
    {
        while (_held.Count == MaxCount || (_bytes + packet.Length > MaxBytes && _held.Count > 0))
        {
            RemoveAt(0);
            drops.Add(DropReason.UnclaimedFragment);
        }

        var bytes = ArrayPool<byte>.Shared.Rent(packet.Length);
        packet.CopyTo(bytes);
        _held.Add(new Held(datagram, bytes, packet.Length, remote, peer));
        _bytes += packet.Length;
        datagram.Held++;
    }

    /// <summary>Says that the datagram's first fragment has come.</summary>
    public void Release(FragmentedDatagram datagram) => _released += datagram.Held;

    /// <summary>Drops what waits for a datagram that is followed no longer, or not let through.</summary>
    public void Drop(FragmentedDatagram datagram, DropReason reason)
    {
        for (var i = 0; i < _held.Count && datagram.Held > 0;)
        {
            if (_held[i].Datagram != datagram)
            {
                i++;
                continue;
            }

            RemoveAt(i);
            drops.Add(reason);
        }
    }

    /// <summary>Moves into the burst what has been released, as far as it has room.</summary>
    public void MoveReleasedTo(PacketBurst burst)
    {
        for (var i = 0; i < _held.Count && _released > 0;)
        {
            var held = _held[i];
            if (held.Datagram.Flow is null)
            {
                i++;
                continue;
            }

            if (!burst.HasRoomFor(held.Length)) return;
            held.Bytes.AsSpan(0, held.Length).CopyTo(burst.Bytes.AsSpan(burst.NextOffset));
            burst.Append(held.Length, remote: held.Remote);
            burst.Peers[^1] = held.Peer;
            RemoveAt(i);
        }
    }

    private void RemoveAt(int index)
    {
        var held = _held[index];
        _held.RemoveAt(index);
        _bytes -= held.Length;
        held.Datagram.Held--;
        if (held.Datagram.Flow is not null) _released--;
        ArrayPool<byte>.Shared.Return(held.Bytes);
    }

    private readonly record struct Held(FragmentedDatagram Datagram, byte[] Bytes, int Length, InetEndpoint Remote, PeerId Peer);
}
