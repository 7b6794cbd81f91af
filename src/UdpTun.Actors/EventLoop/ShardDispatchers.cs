using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;

namespace UdpTun.Actors.EventLoop;

/// <summary>
/// The dispatchers of the shards behind the first: the settings of the loop's own ones in HOCON, and another loop. Their names have the
/// shard's number behind them: <c>udptun.loop-dispatcher-2</c>.
/// </summary>
public static class ShardDispatchers
{
    /// <summary>The key that names the loop; the first is 0, which Akka also takes a missing key for.</summary>
    internal const string ShardKey = "shard";

    /// <summary>The dispatcher of a shard, 0 or more.</summary>
    /// <param name="first">The dispatcher of the first shard.</param>
    /// <param name="shard">Which one.</param>
    public static string NameOf(string first, int shard) => shard == 0 ? first : $"{first}-{shard + 1}";

    /// <summary>Makes them known to an actor system, before any actor asks for one.</summary>
    /// <param name="system">Holds the loop's dispatchers in its HOCON.</param>
    /// <param name="shards">How many shards there are; for one there is nothing to do.</param>
    /// <param name="firsts">The dispatchers of the first shard.</param>
    public static void Register(ActorSystem system, int shards, params IReadOnlyList<string> firsts)
    {
        foreach (var first in firsts)
        {
            for (var shard = 1; shard < shards; shard++)
            {
                var name = NameOf(first, shard);
                // Akka looks in HOCON for the mailbox that stands under this id.
                var config = ConfigurationFactory.ParseString($"{ShardKey} = {shard}, id = {first}")
                    .WithFallback(system.Settings.Config.GetConfig(first))
                    .WithFallback(system.Dispatchers.DefaultDispatcherConfig);
                system.Dispatchers.RegisterConfigurator(name, new DispatcherConfigurator(config, system.Dispatchers.Prerequisites));
            }
        }
    }
}
