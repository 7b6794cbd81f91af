using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace UdpTun.Actors.Hosting;

/// <summary>
/// In the place of Akka's JSON serializer, which every actor system would load with a library of its own: our messages hold buffers and
/// references that mean nothing in another process, so none is ever to be serialized.
/// </summary>
internal sealed class LocalSerializer : Serializer
{
    // Called by Akka, which has settings for the serializer that this one replaces.
    public LocalSerializer(ExtendedActorSystem system, Config _) : base(system)
    {
    }

    // That of Akka's JSON serializer.
    public override int Identifier => 1;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => throw Refusal(obj.GetType());

    public override object FromBinary(byte[] bytes, Type type) => throw Refusal(type);

    private NotSupportedException Refusal(Type? type) => new($"{type?.FullName ?? "a message"} is not to leave {system.Name}");
}
