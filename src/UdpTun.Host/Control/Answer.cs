using System.Text.Json.Serialization;

namespace UdpTun.Host.Control;

/// <summary>What every answer of the control API begins with.</summary>
internal abstract record Answer
{
    /// <summary>Raised when a reader of the answers that there were would misunderstand the new ones.</summary>
    public const int CurrentSchema = 1;

    [JsonPropertyOrder(-1)]
    public int Schema { get; init; } = CurrentSchema;
}
