namespace UdpTun.Host.Configuration.Hocon;

/// <summary>
/// Reads one file into its assignments, each with its line. Akka's own parser keeps no lines, takes an unclosed brace or quote
/// for a closed one, ends silently at a surplus brace and swallows what it does not know; so a file is read here, strictly,
/// and Akka gets the result as a tree. What HOCON has beyond keys, sections, texts and lists of texts is refused by name.
/// </summary>
internal sealed class HoconFileReader
{
    private readonly HoconScanner _scanner;
    private readonly List<ConfigEntry> _entries = [];

    private HoconFileReader(string text, string file) => _scanner = new HoconScanner(text.TrimStart('\uFEFF'), file);

    /// <exception cref="ConfigurationException">Not the HOCON described above; the message begins with file and line.</exception>
    internal static IReadOnlyList<ConfigEntry> Read(string text, string file)
    {
        var reader = new HoconFileReader(text, file);
        reader.ReadFile();
        return reader._entries;
    }

    private void ReadFile()
    {
        _scanner.SkipBlank();
        if (_scanner.Next == '{')
        {
            ReadSection([]);
            _scanner.SkipBlank();
        }
        else
        {
            ReadMembers([]);
        }

        if (!_scanner.AtEnd) throw _scanner.Fault($"'{_scanner.Next}' closes nothing or stands behind the end");
    }

    private void ReadSection(IReadOnlyList<string> path)
    {
        var unclosed = _scanner.Fault("'{' is never closed");
        _scanner.TryTake('{');
        ReadMembers(path);
        if (_scanner.TryTake('}')) return;
        throw _scanner.AtEnd ? unclosed : _scanner.Fault($"'{_scanner.Next}' stands where a key or '}}' belongs");
    }

    private void ReadMembers(IReadOnlyList<string> path)
    {
        _scanner.SkipBlank();
        while (!_scanner.AtEnd && _scanner.Next is not ('}' or ']'))
        {
            ReadMember(path);
            ReadSeparator();
        }
    }

    private void ReadMember(IReadOnlyList<string> parent)
    {
        var origin = _scanner.Origin;
        List<string> path = [.. parent, _scanner.TakeKeySegment()];
        while (_scanner.TryTake('.')) path.Add(_scanner.TakeKeySegment());
        _scanner.SkipSpaces();
        if (_scanner.Next != '{') ReadAssignment(path[^1]);
        ConfigValue value = _scanner.Next switch
        {
            '{' => new ConfigValue.Section(),
            '[' => ReadList(),
            _ => new ConfigValue.Text(ReadText(path[^1])),
        };
        _entries.Add(new ConfigEntry(path, value, origin));
        if (value is ConfigValue.Section) ReadSection(path);
    }

    private void ReadAssignment(string key)
    {
        if (!_scanner.TryTake('=') && !_scanner.TryTake(':'))
        {
            throw _scanner.Fault((key, _scanner.Next) switch
            {
                ("include", _) => "include is not supported; give each file with a --config of its own",
                (_, '+') => "+= is not supported; write the whole list",
                _ => $"'{key}' is followed by neither '=' nor '{{'",
            });
        }

        _scanner.SkipSpaces();
    }

    private string ReadText(string key)
    {
        if (_scanner.Next == '"') return _scanner.TakeQuoted();
        var text = _scanner.TakeUnquoted();
        return text.Length > 0 ? text : throw _scanner.Fault($"'{key}' has no value; an empty text is written \"\"");
    }

    private ConfigValue.List ReadList()
    {
        var unclosed = _scanner.Fault("'[' is never closed");
        var elements = new List<string>();
        _scanner.TryTake('[');
        _scanner.SkipBlank();
        while (!_scanner.AtEnd && _scanner.Next != ']')
        {
            if (_scanner.Next is '{' or '[') throw _scanner.Fault("a list holds texts only, no sections and no lists");
            elements.Add(ReadText("an element of the list"));
            ReadSeparator();
        }

        return _scanner.TryTake(']') ? new ConfigValue.List(elements) : throw unclosed;
    }

    // A comma, a line end, or the end of what holds the value.
    private void ReadSeparator()
    {
        var newLine = _scanner.SkipBlank();
        var comma = _scanner.TryTake(',');
        if (comma) _scanner.SkipBlank();
        if (!newLine && !comma && !_scanner.AtEnd && _scanner.Next is not ('}' or ']'))
            throw _scanner.Fault($"'{_scanner.Next}' stands behind a value; a comma or a new line goes between");
    }
}
