using System.Buffers;
using System.Threading.Channels;
using Serilog;
using UdpTun.Actors.Settings;
using UdpTun.Actors.Settings.Reading;
using UdpTun.Net.Nat.Journal;

namespace UdpTun.Host.Journal;

/// <summary>
/// Writes the mapping journal, beside the loops: they put entries into a bounded queue, and a tenth of a second's worth is written at once. A disk
/// that takes nothing is tried again until the queue is full; what is lost then is counted, and the journal says that it is.
/// </summary>
internal sealed class JournalWriter : IAsyncDisposable
{
    private const int UsualQueueLength = 32 * 1024;
    private const int EntriesPerWrite = 8 * 1024;
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WarningInterval = TimeSpan.FromMinutes(1);

    private readonly JournalFolder _folder;
    private readonly JournalSettings _settings;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly FileStream _lock;
    private readonly Task _writing;
    private readonly OpenMappings _open = new();
    private readonly ArrayBufferWriter<byte> _unwritten = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly int _queueLength;
    private readonly Channel<JournalEntry> _queue;

    private FileStream? _file;
    private long _headBytes;
    private long _goodBytes;
    private long _written;
    private long _lost;
    private long _lostTold;
    private int _inHand;
    private DateTimeOffset? _lastWarning;
    private volatile bool _failing;

    private JournalWriter(JournalFolder folder, FileStream held, JournalSettings settings, ILogger log, TimeProvider clock, int queueLength)
    {
        (_folder, _lock, _settings, _log, _clock, _queueLength) = (folder, held, settings, log, clock, queueLength);
        _queue = Channel.CreateBounded<JournalEntry>(new BoundedChannelOptions(queueLength) { SingleReader = true });
        _file = BeginFile(MappingRecordKind.RunStarted);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>How long a disk that takes nothing is left alone.</summary>
    internal TimeSpan RetryPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Entries that are in the files.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Entries that are in no file and never will be.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Entries that wait to be written.</summary>
    public int Waiting => _queue.Reader.Count + Volatile.Read(ref _inHand);

    /// <summary>Whether the disk took nothing at the last attempt.</summary>
    public bool IsFailing => _failing;

    /// <summary>Takes the folder of a server's journal and begins a file in it.</summary>
    /// <param name="settings">Where, and how much.</param>
    /// <param name="device">The server's TUN.</param>
    /// <param name="log">Told of a disk that takes nothing.</param>
    /// <param name="clock">The wall clock.</param>
    /// <param name="queueLength">Entries that may wait.</param>
    /// <exception cref="SettingsException">The directory cannot be written.</exception>
    public static JournalWriter Open(
        JournalSettings settings, string device, ILogger log, TimeProvider clock, int queueLength = UsualQueueLength)
    {
        var folder = new JournalFolder(Path.Combine(settings.Directory!, device));
        try
        {
            return new JournalWriter(folder, folder.Take(), settings, log, clock, queueLength);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(JournalSettings.DirectoryKey,
                $"{JournalSettings.DirectoryKey} is '{settings.Directory}', but must be a directory that can be written ({e.Message.TrimEnd('.')})");
        }
    }

    /// <summary>Any thread; never waits.</summary>
    public void Add(in JournalEntry entry)
    {
        if (!_queue.Writer.TryWrite(entry)) Interlocked.Increment(ref _lost);
    }

    /// <summary>Writes what is left and that the run has ended.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _ending.CancelAsync();
        await _writing;
        if (_file is not null) await _file.DisposeAsync();
        await _lock.DisposeAsync();
        _ending.Dispose();
    }

    private async Task WriteAsync()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            await PauseAsync(Gathering);
            Gather();
            await WriteOutAsync();
        }

        Put(new MappingRecord(MappingRecordKind.RunEnded, _clock.GetUtcNow()));
        await WriteOutAsync();
        if (Lost > 0) _log.Error("entries of this run that the mapping journal lacks: {Lost}", Lost);
    }

    private void Gather()
    {
        for (var count = 0; count < EntriesPerWrite && _queue.Reader.TryRead(out var entry); count++)
        {
            Put(_open.Follow(entry));
            Volatile.Write(ref _inHand, _inHand + 1);
        }

        TellLost();
    }

    private void TellLost()
    {
        var lost = Lost;
        if (lost == _lostTold) return;
        Put(new MappingRecord(MappingRecordKind.Lost, _clock.GetUtcNow()) { Missing = lost - _lostTold });
        if (_lostTold == 0) _log.Error("the mapping journal is losing entries: they come faster than {Folder} takes them", _folder.Path);
        _lostTold = lost;
    }

    private void Put(in MappingRecord record) => MappingRecordBytes.Write(_unwritten, record);

    private async Task WriteOutAsync()
    {
        while (true)
        {
            try
            {
                WriteOut();
                if (_failing) _log.Information("the mapping journal is written again");
                _failing = false;
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Abandon();
                Warn(e);
                if (_ending.IsCancellationRequested)
                {
                    Interlocked.Add(ref _lost, _inHand);
                    Volatile.Write(ref _inHand, 0);
                    _unwritten.ResetWrittenCount();
                    return;
                }

                await PauseAsync(RetryPause);
            }
        }
    }

    private void WriteOut()
    {
        _file ??= BeginFile(MappingRecordKind.FileStarted);
        _file.Write(_unwritten.WrittenSpan);
        _goodBytes += _unwritten.WrittenCount;
        _unwritten.ResetWrittenCount();
        Interlocked.Add(ref _written, _inHand);
        Volatile.Write(ref _inHand, 0);
        // However many mappings stand at its head, a file is for what comes after them.
        if (_goodBytes < Math.Max(_settings.MaxFileSize, _headBytes + _settings.MaxFileSize / 2)) return;
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        _file = null;
    }

    private FileStream BeginFile(MappingRecordKind first)
    {
        var now = _clock.GetUtcNow();
        var head = new ArrayBufferWriter<byte>();
        head.Write(JournalFolder.Magic);
        MappingRecordBytes.Write(head, new MappingRecord(first, now));
        _open.WriteTo(head);
        var file = _folder.Begin(now, _settings.MaxFiles);
        try
        {
            file.Write(head.WrittenSpan);
        }
        catch (IOException)
        {
            // Without its head it would be a file of a time that it knows nothing about.
            file.Dispose();
            File.Delete(file.Name);
            throw;
        }

        _headBytes = _goodBytes = head.WrittenCount;
        return file;
    }

    /// <summary>Leaves a file that a write failed in, without what the write left of its last records.</summary>
    private void Abandon()
    {
        if (_file is null) return;
        try
        {
            _file.SetLength(_goodBytes);
        }
        catch (IOException)
        {
            // Then the torn record stays, and ends the file for its readers.
        }

        _file.Dispose();
        _file = null;
    }

    private void Warn(Exception reason)
    {
        _failing = true;
        var now = _clock.GetUtcNow();
        if (_lastWarning is { } last && now - last < WarningInterval) return;
        _lastWarning = now;
        _log.Error("the mapping journal cannot be written, entries wait {Waiting} of {Queue} that may: {Reason:l}",
            Waiting, _queueLength, reason.Message);
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, _ending.Token);
        }
        catch (OperationCanceledException)
        {
            // What is left is written at once.
        }
    }
}
