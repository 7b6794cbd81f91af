using System.Reflection;
using UdpTun.EndToEnd.Tests.Harness;

namespace UdpTun.EndToEnd.Tests;

/// <summary>What is left out when the tests run a second time, without offload, is left out for a reason that can be seen.</summary>
public sealed class OffloadPassTests
{
    [Fact]
    public void Test_that_says_for_itself_who_offloads_should_have_a_parameter_for_it() =>
        Assert.All(Marked(OffloadPass.Own), test => Assert.Contains(test.GetParameters(), IsAboutOffload));

    [Fact]
    public void Test_should_be_left_out_for_no_other_reason()
    {
        Assert.Equal([], Traits(typeof(OffloadPassTests).Assembly.GetTypes())); // never of a whole class: the next test in it would go with it
        Assert.Equal(Traits(Tests).Count(), Marked(OffloadPass.Own).Count() + Marked(OffloadPass.Unused).Count());
        Assert.NotEmpty(Marked(OffloadPass.Unused));
    }

    private static IEnumerable<MethodInfo> Tests =>
        typeof(OffloadPassTests).Assembly.GetTypes().SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly));

    private static IEnumerable<MethodInfo> Marked(string reason) =>
        Tests.Where(test => Traits([test]).Any(trait => (string?)trait.ConstructorArguments[1].Value == reason));

    private static IEnumerable<CustomAttributeData> Traits(IEnumerable<MemberInfo> members) => members.SelectMany(member => member.CustomAttributes)
        .Where(attribute => attribute.AttributeType == typeof(TraitAttribute) && (string?)attribute.ConstructorArguments[0].Value == OffloadPass.Trait);

    private static bool IsAboutOffload(ParameterInfo parameter) => parameter.Name!.Contains("offload", StringComparison.OrdinalIgnoreCase);
}
