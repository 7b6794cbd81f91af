using System.Globalization;
using UdpTun.Net.Flows;

namespace UdpTun.Net.Nat.Saving;

/// <summary>
/// A snapshot as text: a head with version, time and age of the holds, a line for each session, hold and port at rest, and an end that counts
/// them, so that a file cut short is noticed. Times are whole milliseconds.
/// </summary>
public static class SnapshotText
{
    private const string Head = "udptun-sessions 4";
    private const string End = "end";
    private const string Hold = "hold";
    private const string Rest = "rest";
    private const string Nobody = "-";
    private const string FromInside = "inside";
    private const string FromOutside = "outside";
    private const int Fields = 9;
    private const int HoldFields = 6;
    private const int RestFields = 6;

    public static void Write(TextWriter text, NatSnapshot snapshot, DateTimeOffset takenAt)
    {
        text.Write(string.Create(CultureInfo.InvariantCulture,
            $"{Head} {takenAt.ToUnixTimeMilliseconds()} {Milliseconds(snapshot.HoldsAge)}\n"));
        foreach (var session in snapshot.Sessions)
        {
            text.Write(string.Create(CultureInfo.InvariantCulture,
                $"{session.Client} {session.Protocol} {session.Inner} {session.Outer} {session.Remote} {BeganBy(session)} "));
            text.Write(string.Create(CultureInfo.InvariantCulture,
                $"{session.Progress} {Milliseconds(session.Idle)} {Milliseconds(session.Age)}\n"));
        }

        foreach (var hold in snapshot.Holds)
        {
            text.Write(string.Create(CultureInfo.InvariantCulture,
                $"{Hold} {hold.Client} {hold.Protocol} {hold.Inner} {hold.Outer} {Milliseconds(hold.Left)}\n"));
        }

        foreach (var rest in snapshot.Rests)
        {
            text.Write(string.Create(CultureInfo.InvariantCulture,
                $"{Rest} {rest.Client ?? Nobody} {rest.Protocol} {rest.Inner} {rest.Outer} {Milliseconds(rest.Left)}\n"));
        }

        text.Write(EndOf(snapshot.Sessions.Count, snapshot.Holds.Count, snapshot.Rests.Count) + "\n");
    }

    /// <summary>Reads a whole snapshot or nothing.</summary>
    /// <exception cref="FormatException">The text is not what <see cref="Write"/> writes; the message names the line.</exception>
    public static NatSnapshot Read(TextReader text, out DateTimeOffset takenAt)
    {
        takenAt = ReadHead(text.ReadLine(), out var holdsAge);
        var (sessions, holds, rests) = (new List<SavedSession>(), new List<SavedHold>(), new List<SavedRest>());
        for (var number = 2; ; number++)
        {
            var line = text.ReadLine() ?? throw Refused(number, "the end is missing");
            if (line.StartsWith(End + " ", StringComparison.Ordinal)) // a client's name may begin like that
            {
                if (line != EndOf(sessions.Count, holds.Count, rests.Count) || text.ReadLine() is not null)
                    throw Refused(number, "the end does not fit");
                return new NatSnapshot(sessions, holds, rests, holdsAge);
            }

            var fields = line.Split(' ');
            if (fields[0] == Hold) holds.Add(ReadHold(fields) ?? throw Refused(number, "it is no hold"));
            else if (fields[0] == Rest) rests.Add(ReadRest(fields) ?? throw Refused(number, "it is no port at rest"));
            else sessions.Add(ReadSession(fields) ?? throw Refused(number, "it is no session"));
        }
    }

    private static DateTimeOffset ReadHead(string? line, out TimeSpan holdsAge)
    {
        if (line is null || !line.StartsWith(Head + " ", StringComparison.Ordinal)) throw Refused(1, $"it does not begin with '{Head}'");
        var times = line[(Head.Length + 1)..].Split(' ');
        holdsAge = default;
        if (times.Length != 2 || !TryReadMilliseconds(times[0], out var sinceEpoch) || !TryReadMilliseconds(times[1], out holdsAge))
            throw Refused(1, "its times are none");
        return DateTimeOffset.UnixEpoch + sinceEpoch;
    }

    private static SavedHold? ReadHold(string[] fields)
    {
        if (fields.Length != HoldFields
            || !IsIdentity(fields[1])
            || !TryReadProtocol(fields[2], out var protocol)
            || !InetEndpoint.TryParse(fields[3], out var inner)
            || !InetEndpoint.TryParse(fields[4], out var outer)
            || !TryReadMilliseconds(fields[5], out var left)) return null;
        return new SavedHold(fields[1], protocol, inner, outer, left);
    }

    private static SavedRest? ReadRest(string[] fields)
    {
        if (fields.Length != RestFields
            || (fields[1] != Nobody && !IsIdentity(fields[1]))
            || !TryReadProtocol(fields[2], out var protocol)
            || !InetEndpoint.TryParse(fields[3], out var inner)
            || !InetEndpoint.TryParse(fields[4], out var outer)
            || !TryReadMilliseconds(fields[5], out var left)) return null;
        return new SavedRest(fields[1] == Nobody ? null : fields[1], protocol, inner, outer, left);
    }

    private static bool IsIdentity(string field) =>
        field.Length > 0 && field.All(letter => char.IsAsciiLetterOrDigit(letter) || ".:[]%+/=".Contains(letter, StringComparison.Ordinal));

    private static bool TryReadProtocol(string field, out IpProtocol protocol) =>
        Enum.TryParse(field, out protocol) && Enum.IsDefined(protocol) && protocol.ToString() == field;

    private static SavedSession? ReadSession(string[] fields)
    {
        if (fields.Length != Fields
            || !IsIdentity(fields[0])
            || !TryReadProtocol(fields[1], out var protocol)
            || !InetEndpoint.TryParse(fields[2], out var inner)
            || !InetEndpoint.TryParse(fields[3], out var outer)
            || !InetEndpoint.TryParse(fields[4], out var remote)
            || fields[5] is not (FromInside or FromOutside)
            || !byte.TryParse(fields[6], NumberStyles.None, CultureInfo.InvariantCulture, out var progress)
            || !TryReadMilliseconds(fields[7], out var idle)
            || !TryReadMilliseconds(fields[8], out var age)) return null;
        return new SavedSession(fields[0], protocol, inner, outer, remote, fields[5] == FromOutside, progress, idle, age);
    }

    private static string BeganBy(SavedSession session) => session.IsFromOutside ? FromOutside : FromInside;

    private static string EndOf(int sessions, int holds, int rests) =>
        string.Create(CultureInfo.InvariantCulture, $"{End} {sessions} {holds} {rests}");

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    // A century: far behind every timeout, and sums of such times do not overflow.
    private static bool TryReadMilliseconds(ReadOnlySpan<char> text, out TimeSpan time)
    {
        const long Most = 100L * 366 * 24 * 3600 * 1000;
        time = default;
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > Most) return false;
        time = TimeSpan.FromMilliseconds(number);
        return true;
    }

    private static FormatException Refused(int line, string why) =>
        new(string.Create(CultureInfo.InvariantCulture, $"line {line} of the saved sessions cannot be read: {why}"));
}
