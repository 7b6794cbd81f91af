using System.Text.Json.Serialization;
using UdpTun.Host.Configuration;
using UdpTun.Host.Control;

namespace UdpTun.Host.Verbs.Configuration;

/// <summary>What <c>config show --json</c> prints.</summary>
/// <param name="Settings">By key.</param>
internal sealed record SettingsAnswer(IReadOnlyList<SettingValue> Settings) : Answer;

/// <summary>What <c>config check --json</c> prints; what is wrong goes to standard error, as with every verb.</summary>
/// <param name="IsRight">Always: there is no answer else.</param>
internal sealed record CheckAnswer(bool IsRight) : Answer;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SettingsAnswer))]
[JsonSerializable(typeof(CheckAnswer))]
internal sealed partial class ConfigJson : JsonSerializerContext;
