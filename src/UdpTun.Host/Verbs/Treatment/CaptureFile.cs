using System.Buffers.Binary;
using UdpTun.Host.Cli;

namespace UdpTun.Host.Verbs.Treatment;

/// <summary>Where a capture is written. When the disk is full it ends with the last whole block, so that what there is can be opened.</summary>
internal sealed class CaptureFile : IAsyncDisposable
{
    private const int BlockHeader = 8; // type and length
    private const int LeastBlock = 12;

    private readonly Stream _file;

    private CaptureFile(string name, Stream file, bool isStandardOutput) => (Name, _file, IsStandardOutput) = (name, file, isStandardOutput);

    internal string Name { get; }

    internal bool IsStandardOutput { get; }

    /// <summary>A file of that name, or standard output for <c>-</c>.</summary>
    /// <exception cref="VerbException">It cannot be written.</exception>
    internal static CaptureFile Create(string name)
    {
        if (name == "-") return new CaptureFile("standard output", Console.OpenStandardOutput(), isStandardOutput: true);
        try
        {
            // Unbuffered: what fails to be written fails where it is written.
            return new CaptureFile(name, new FileStream(name, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0), isStandardOutput: false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new VerbException(
                refused is UnauthorizedAccessException ? ExitCode.Privilege : ExitCode.Failure,
                $"{name} cannot be written: {refused.Message.TrimEnd('.')} (choose another with -w)", refused);
        }
    }

    /// <summary>Writes all that comes.</summary>
    /// <exception cref="VerbException">It cannot be written any more, or the other end is gone.</exception>
    internal async Task Take(Stream packets)
    {
        var buffer = new byte[256 << 10];
        while (await Read(packets, buffer) is > 0 and var length)
        {
            try
            {
                await _file.WriteAsync(buffer.AsMemory(0, length));
            }
            catch (IOException full)
            {
                CutBehindLastBlock();
                throw new VerbException(ExitCode.Failure,
                    $"{Name} cannot be written any more: {full.Message.TrimEnd('.')}; it holds what came before (make room, or choose another place with -w)",
                    full);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _file.DisposeAsync();
        }
        catch (IOException)
        {
            // Told of when it was written.
        }
    }

    /// <summary>0 when the tap has ended, one way or the other.</summary>
    private static async Task<int> Read(Stream packets, Memory<byte> buffer)
    {
        try
        {
            return await packets.ReadAsync(buffer);
        }
        catch (Exception gone) when (gone is IOException or HttpRequestException)
        {
            return 0;
        }
    }

    private void CutBehindLastBlock()
    {
        if (IsStandardOutput) return;
        Span<byte> header = stackalloc byte[BlockHeader];
        var end = 0L;
        while (true)
        {
            _file.Position = end;
            if (_file.ReadAtLeast(header, BlockHeader, throwOnEndOfStream: false) < BlockHeader) break;
            var length = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
            if (length < LeastBlock || end + length > _file.Length) break;
            end += length;
        }

        _file.SetLength(end);
    }
}
