using System.CommandLine;

namespace UdpTun.Host.Cli;

/// <summary>An option that is a short name for one setting, and the roles it makes sense in.</summary>
/// <param name="Option">Its name, help and arity.</param>
/// <param name="KeyOf">The setting's full key in a role, or null where the option does not fit.</param>
internal sealed record SettingOption(Option<string[]> Option, Func<Role, string?> KeyOf)
{
    internal static SettingOption Once(string name, string valueName, string help, Func<Role, string?> keyOf) =>
        new(Make(name, valueName, help, ArgumentArity.ExactlyOne), keyOf);

    internal static SettingOption Repeatable(string name, string valueName, string help, Func<Role, string?> keyOf) =>
        new(Make(name, valueName, help, ArgumentArity.OneOrMore), keyOf);

    private static Option<string[]> Make(string name, string valueName, string help, ArgumentArity arity) =>
        new(name)
        {
            HelpName = valueName,
            Description = help,
            Arity = arity,

            // The library has no parser of its own for an array of exactly one.
            CustomParser = result => [.. result.Tokens.Select(token => token.Value)],
        };
}
