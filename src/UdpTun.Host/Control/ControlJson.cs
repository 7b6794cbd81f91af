using System.Text.Json.Serialization;
using UdpTun.Host.Control.Events;
using UdpTun.Host.Control.Flows;
using UdpTun.Host.Control.Page;
using UdpTun.Host.Control.Peers;
using UdpTun.Host.Control.Status;
using UdpTun.Host.Control.Treatment;
using UdpTun.Host.Reload;
using UdpTun.Host.Verbs.Doctor;

namespace UdpTun.Host.Control;

/// <summary>How the answers look in JSON: camel case, nothing for null, enumerations in words. Compiled, not reflected upon.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(EventsAnswer))]
[JsonSerializable(typeof(FlowsAnswer))]
[JsonSerializable(typeof(FlowAnswer))]
[JsonSerializable(typeof(PageAnswer))]
[JsonSerializable(typeof(TrafficAnswer))]
[JsonSerializable(typeof(PeersReloaded))]
[JsonSerializable(typeof(QuotaAnswer))]
[JsonSerializable(typeof(ReloadReport))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(InstancesAnswer))]
[JsonSerializable(typeof(LimitRequest))]
[JsonSerializable(typeof(FaultRequest))]
[JsonSerializable(typeof(TreatmentAnswer))]
[JsonSerializable(typeof(PingRequest))]
[JsonSerializable(typeof(PingAnswer))]
[JsonSerializable(typeof(PingsAnswer))]
[JsonSerializable(typeof(TapRequest))]
[JsonSerializable(typeof(TapAnswer))]
[JsonSerializable(typeof(TapEndAnswer))]
[JsonSerializable(typeof(DoctorAnswer))]
internal sealed partial class ControlJson : JsonSerializerContext;
