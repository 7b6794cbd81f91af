using System.Text.Json.Serialization;
using UdpTun.Host.Control.Status;

namespace UdpTun.Host.Control;

/// <summary>How the answers look in JSON: camel case, nothing for null, enumerations in words. Compiled, not reflected upon.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(InstancesAnswer))]
internal sealed partial class ControlJson : JsonSerializerContext;
