using UdpTun.Host.Cli;

namespace UdpTun.Host.Roles;

/// <summary>Which class plays which role.</summary>
internal static class RoleFactory
{
    internal static IRole Create(Role role) => role switch
    {
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "no class plays this role"),
    };
}
