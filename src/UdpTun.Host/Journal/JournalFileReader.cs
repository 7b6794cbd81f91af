using UdpTun.Net.Flows;
using UdpTun.Net.Nat.Journal;

namespace UdpTun.Host.Journal;

/// <summary>The records of one file of a mapping journal, in their order. A record that was never finished ends them.</summary>
internal sealed class JournalFileReader : IDisposable
{
    private readonly FileStream _file;
    private readonly InetEndpoint? _wanted;
    private readonly byte[] _buffer;
    private int _start;
    private int _end;

    /// <param name="file">The file; a server may be writing it.</param>
    /// <param name="wanted">See <see cref="MappingRecordBytes.TryRead"/>.</param>
    /// <param name="bufferLength">Bytes to read at once; a record and the file's first line fit in.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no journal's.</exception>
    public JournalFileReader(JournalFile file, InetEndpoint? wanted, int bufferLength = 1 << 20)
    {
        _wanted = wanted;
        _buffer = new byte[bufferLength];
        _file = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Fill();
        // A server that could not even write the first line leaves less.
        if (_end >= JournalFolder.Magic.Length && !_buffer.AsSpan(0, _end).StartsWith(JournalFolder.Magic))
            throw new InvalidDataException($"{file.Path} is no mapping journal of this version of udptun");
        _start = Math.Min(JournalFolder.Magic.Length, _end);
    }

    public bool TryRead(out MappingRecord record)
    {
        if (!MappingRecordBytes.TryRead(_buffer.AsSpan(_start.._end), _wanted, out record, out var length))
        {
            Fill();
            if (!MappingRecordBytes.TryRead(_buffer.AsSpan(_start.._end), _wanted, out record, out length)) return false;
        }

        _start += length;
        return true;
    }

    public void Dispose() => _file.Dispose();

    private void Fill()
    {
        _buffer.AsSpan(_start.._end).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        while (_end < _buffer.Length && _file.Read(_buffer.AsSpan(_end)) is > 0 and var read) _end += read;
    }
}
