namespace UdpTun.Net.Nat.Journal;

/// <summary>How the journal says that a mapping ended.</summary>
public enum HolderEnd
{
    /// <summary>It has not: the server that wrote it runs.</summary>
    Open,

    /// <summary>The client gave it back.</summary>
    Closed,

    /// <summary>The server was stopped.</summary>
    Stopped,

    /// <summary>The server was gone without a word: killed, or the machine with it; or the record is lost.</summary>
    Unknown,
}
