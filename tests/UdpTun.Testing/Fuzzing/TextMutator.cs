namespace UdpTun.Testing.Fuzzing;

/// <summary>
/// Makes texts out of whole ones: letters changed, pieces cut out, doubled or taken from another, or nothing at all done. The same seed
/// makes the same texts.
/// </summary>
internal sealed class TextMutator(IReadOnlyList<string> models, int seed)
{
    private const int LongestPiece = 12;

    // What the texts are made of, and what no reader expects.
    private const string Letters = "0123456789abcdefxz:./-,[]{}()=\"\\#$+@> \n\r\t_\0\u00e9\ufeff\ud800";

    private readonly Random _random = new(seed);

    public string Next()
    {
        var text = models[_random.Next(models.Count)];
        for (var changes = _random.Next(4); changes > 0; changes--) text = Change(text);
        return text;
    }

    private string Change(string text)
    {
        var at = _random.Next(text.Length + 1);
        var length = Math.Min(_random.Next(1, LongestPiece), text.Length - at);
        return _random.Next(6) switch
        {
            0 => text[..at],
            1 => text.Remove(at, length),
            2 => text.Insert(at, text.Substring(at, length)),
            3 => text.Insert(at, Piece(models[_random.Next(models.Count)])),
            4 when length > 0 => text.Remove(at, 1).Insert(at, Letter()),
            _ => text.Insert(at, Letter()),
        };
    }

    private string Piece(string other)
    {
        var at = _random.Next(other.Length + 1);
        return other.Substring(at, Math.Min(_random.Next(1, LongestPiece), other.Length - at));
    }

    private string Letter() => Letters[_random.Next(Letters.Length)].ToString();
}
