namespace UdpTun.Net.Nat.Journal;

/// <summary>What a record of the mapping journal tells. The numbers are part of the files' format.</summary>
public enum MappingRecordKind : byte
{
    None = 0,

    /// <summary>The first record of a run's first file: a server began to write. Whatever was open before and not closed belongs to a run that ended without a word.</summary>
    RunStarted = 1,

    /// <summary>The server was stopped: what was open ended now.</summary>
    RunEnded = 2,

    /// <summary>A client got an outer endpoint.</summary>
    Opened = 3,

    /// <summary>A client gave it back. Tells all about the mapping, so that its opening need not be found.</summary>
    Closed = 4,

    /// <summary>The same as <see cref="Opened"/>, said again at the head of a later file, so that each file can be understood alone.</summary>
    StillOpen = 5,

    /// <summary>Somebody at the other end of a mapping; written only where the operator asks for it.</summary>
    Contacted = 6,

    /// <summary>Records are missing here.</summary>
    Lost = 7,

    /// <summary>The first record of a run's later files: the time that it begins with.</summary>
    FileStarted = 8,
}
