namespace UdpTun.Actors.Settings;

/// <summary>When the live page begins to listen.</summary>
public enum PageOpening
{
    /// <summary>When <c>udptun page</c> asks for it.</summary>
    OnRequest,

    /// <summary>With the tunnel.</summary>
    AtStart,

    /// <summary>Not at all, whoever asks.</summary>
    Never,
}
