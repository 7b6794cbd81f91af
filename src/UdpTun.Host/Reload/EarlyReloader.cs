using UdpTun.Host.Configuration;
using UdpTun.Host.Roles;

namespace UdpTun.Host.Reload;

/// <summary>The reload of an instance that waits and has made nothing of its configuration yet: it takes all of the new one, by beginning anew.</summary>
/// <param name="context">The run.</param>
/// <param name="beginAnew">Ends the waiting.</param>
internal sealed class EarlyReloader(RunContext context, Func<Task> beginAnew) : IReloader
{
    public async Task<ReloadReport> ReloadAsync(CancellationToken stop)
    {
        try
        {
            var change = context.Configuration.Read(_ => null);
            context.Log.Information("reload: nothing was made of the configuration yet: beginning anew with what it is now");
            await beginAnew();
            return new ReloadReport([.. change.Taken, .. change.Waiting.Select(setting => setting with { Why = null })], [], [], null);
        }
        catch (ConfigurationException e)
        {
            context.Log.Error("reload: nothing is changed: {Reason:l}", e.Message);
            throw;
        }
    }
}
