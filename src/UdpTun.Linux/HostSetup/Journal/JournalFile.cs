using System.Text;
using System.Text.Json;

namespace UdpTun.Linux.HostSetup;

/// <summary>
/// The list of changes on disk: one line of JSON each, the owner first. A line is on the disk before its change is made, so what
/// a crash leaves behind is never more than the file says; a last line without its end was never acted upon.
/// </summary>
internal sealed class JournalFile : IDisposable
{
    private readonly FileStream _stream;

    private JournalFile(FileStream stream) => _stream = stream;

    public static JournalFile Create(string path, JournalOwner owner)
    {
        var file = new JournalFile(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read));
        file.AppendLine(JsonSerializer.Serialize(owner, JournalJson.Default.JournalOwner));
        return file;
    }

    /// <summary>Reads what is there; no owner when the file is missing or was never begun.</summary>
    public static JournalContent Read(string path) => File.Exists(path) ? JournalContent.Parse(File.ReadAllText(path)) : JournalContent.None;

    /// <summary>Where the next line will begin.</summary>
    public long Position => _stream.Position;

    /// <summary>Appends one line and returns when it is on the disk.</summary>
    public void Append(HostChange change) => AppendLine(JsonSerializer.Serialize(change, JournalJson.Default.HostChange));

    /// <summary>Removes what was written from <paramref name="position"/> on: the change could not be made.</summary>
    public void TakeBack(long position)
    {
        _stream.SetLength(position);
        _stream.Position = position;
        _stream.Flush(flushToDisk: true);
    }

    public void Dispose() => _stream.Dispose();

    private void AppendLine(string line)
    {
        _stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        _stream.Flush(flushToDisk: true);
    }
}
