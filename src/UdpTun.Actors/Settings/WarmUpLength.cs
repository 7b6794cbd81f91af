namespace UdpTun.Actors.Settings;

/// <summary>How much is compiled before a tunnel says that it is ready.</summary>
public enum WarmUpLength
{
    /// <summary>What the first packets need.</summary>
    Short,

    /// <summary>What a stream needs too, for good.</summary>
    Full,
}
