using UdpTun.Host.Cli;
using UdpTun.Host.Roles.Interface;

namespace UdpTun.Host.Roles;

/// <summary>Which class plays which role.</summary>
internal static class RoleFactory
{
    internal static IRole Create(Role role) => role switch
    {
        Role.Server => new ServerRole(),
        Role.Client => new ClientRole(),
        Role.Dump => new DumpRole(),
        Role.Echo => new EchoRole(),
        Role.Interface => new InterfaceRole(),
        Role.Cleanup => new CleanupRole(),
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "no class plays this role"),
    };
}
