using System.Globalization;
using System.Text;

namespace UdpTun.Host.Configuration.Hocon;

/// <summary>The characters of one file, with the line each stands on.</summary>
internal sealed class HoconScanner(string text, string file)
{
    // HOCON specification, "Unquoted strings".
    private const string NeverUnquoted = "$\"{}[]:=,+#`^?!@*&\\";

    private int _index;
    private int _line = 1;

    internal bool AtEnd => _index >= text.Length;

    /// <summary>The next character, or NUL at the end.</summary>
    internal char Next => AtEnd ? '\0' : text[_index];

    internal string Origin => $"{file}:{_line}";

    internal ConfigurationException Fault(string message) => ConfigurationException.At(Origin, message);

    internal bool TryTake(char expected)
    {
        if (AtEnd || Next != expected) return false;
        Take();
        return true;
    }

    /// <summary>Skips spaces and tabs of this line.</summary>
    internal void SkipSpaces()
    {
        while (!AtEnd && Next != '\n' && char.IsWhiteSpace(Next)) Take();
    }

    /// <summary>Skips spaces, line ends and comments; true when there was a line end.</summary>
    internal bool SkipBlank()
    {
        var line = _line;
        while (!AtEnd)
        {
            if (char.IsWhiteSpace(Next)) Take();
            else if (AtComment()) SkipToLineEnd();
            else break;
        }

        return _line > line;
    }

    internal bool AtComment() => Next == '#' || (Next == '/' && _index + 1 < text.Length && text[_index + 1] == '/');

    /// <summary>One segment of a key, quoted or not.</summary>
    internal string TakeKeySegment()
    {
        if (Next == '"') return TakeQuoted();
        var start = _index;
        while (!AtEnd && !char.IsWhiteSpace(Next) && Next != '.' && !NeverUnquoted.Contains(Next) && !AtComment()) Take();
        if (_index > start) return text[start.._index];
        throw Fault(AtEnd ? "a key is missing at the end of the file" : $"'{Next}' cannot begin a key");
    }

    /// <summary>Text without quotes, up to the end of the line, a comma, a bracket or a comment.</summary>
    internal string TakeUnquoted()
    {
        var start = _index;
        while (!AtEnd && Next is not ('\n' or ',' or '}' or ']') && !AtComment())
        {
            if (Next == '$') throw Fault("substitutions such as ${X} are not supported; the environment can set any key");
            if (NeverUnquoted.Contains(Next)) throw Fault($"'{Next}' may stand only in a text in quotes");
            Take();
        }

        return text[start.._index].Trim();
    }

    internal string TakeQuoted()
    {
        var opened = Fault("the text in quotes is not closed on its line");
        Take();
        if (text.AsSpan(_index).StartsWith("\"\"")) throw Fault("\"\"\" is not supported; write the text on one line between two \"");
        var taken = new StringBuilder();
        while (!AtEnd && Next is not ('"' or '\n')) taken.Append(Next == '\\' ? TakeEscape() : Take());
        return TryTake('"') ? taken.ToString() : throw opened;
    }

    private char TakeEscape()
    {
        Take();
        var escaped = AtEnd ? '\0' : Take();
        return escaped switch
        {
            '"' or '\\' or '/' => escaped,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => TakeCodeUnit(),
            _ => throw Fault("a backslash in quotes is followed by one of \" \\ / b f n r t u; a plain one is written twice"),
        };
    }

    private char TakeCodeUnit()
    {
        var digits = text.AsSpan(_index, Math.Min(4, text.Length - _index));
        if (digits.Length < 4 || !ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            throw Fault("\\u is followed by four hexadecimal digits");
        _index += digits.Length;
        return (char)unit;
    }

    private void SkipToLineEnd()
    {
        while (!AtEnd && Next != '\n') Take();
    }

    private char Take()
    {
        var taken = text[_index++];
        if (taken == '\n') _line++;
        return taken;
    }
}
