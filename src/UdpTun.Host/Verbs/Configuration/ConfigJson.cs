using System.Text.Json.Serialization;
using UdpTun.Host.Configuration;
using UdpTun.Host.Control;

namespace UdpTun.Host.Verbs.Configuration;

/// <summary>What <c>config show --json</c> prints.</summary>
/// <param name="Settings">By key.</param>
internal sealed record SettingsAnswer(IReadOnlyList<SettingValue> Settings) : Answer;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SettingsAnswer))]
internal sealed partial class ConfigJson : JsonSerializerContext;
