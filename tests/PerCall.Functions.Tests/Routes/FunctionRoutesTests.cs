using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using PerCall.Functions.Routes;
using Xunit;

namespace PerCall.Functions.Tests.Routes;

public sealed class FunctionRoutesTests
{
    private readonly FunctionRoutes _routes = FunctionRoutes.Discover();

    [Fact]
    public void Discover_EveryRoute_IsTheOperatorsTheTenantsOrOpen()
    {
        Assert.Superset(new HashSet<string> { "DeleteVersion", "PublishModel", "SetAlias", "CreateTenant", "PutPlan", "CreateTenantKey", "VerifyAudit" }, _routes.All.Where(r => r.IsManagement).Select(r => r.Name).ToHashSet());
        Assert.Superset(new HashSet<string> { "ClassifyImage", "ListModels", "CreateKey" }, _routes.All.Where(r => r.IsTenants).Select(r => r.Name).ToHashSet());
        // All that nobody is asked a key for.
        Assert.Equal(
            ["Docs", "DocsScript", "Live", "OpenApi", "Ready", "SecurityTxt", "ZFallback"],
            _routes.All.Where(r => !r.IsManagement && !r.IsTenants).Select(r => r.Name).Order(StringComparer.Ordinal));
    }

    /// <summary>A Functions host takes the first function, by name and without regard to case, whose route and methods match.</summary>
    [Fact]
    public void Discover_ByTheRuleOfAFunctionsHost_NoRouteHidesAnother()
    {
        var inOrder = _routes.All.OrderBy(r => r.Name, StringComparer.OrdinalIgnoreCase).ToList();

        var hidden =
            from pair in inOrder.SelectMany((later, i) => inOrder.Take(i).Select(first => (First: first, Later: later)))
            where pair.First.Methods.Count == 0 || pair.Later.Methods.Count == 0 || pair.First.Methods.Intersect(pair.Later.Methods).Any()
            where pair.First.Matches(PathOf(pair.Later))
            select $"{pair.First.Name} takes {pair.Later.Template} of {pair.Later.Name}";

        Assert.Empty(hidden);
    }

    [Fact]
    public void Discover_EveryFunction_HasANameAndARouteThatAFunctionsHostTakes()
    {
        var names = typeof(FunctionRoutes).Assembly.GetExportedTypes()
            .SelectMany(t => t.GetMethods())
            .Select(m => m.GetCustomAttribute<FunctionAttribute>()?.Name)
            .OfType<string>()
            .ToList();

        Assert.All(names, name => Assert.Matches("^[A-Za-z][A-Za-z0-9_-]{0,126}$", name));
        Assert.DoesNotContain("host", names, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.DoesNotContain(_routes.All, r => r.Template.StartsWith("admin/", StringComparison.OrdinalIgnoreCase)
            || r.Template.StartsWith("runtime/", StringComparison.OrdinalIgnoreCase));
    }

    private static string PathOf(FunctionRoute route) =>
        "/" + string.Join('/', route.Template.Split('/').Select(s => s.StartsWith('{') ? "any" : s));

    [Theory]
    [InlineData("/v1/models", "ListModels")]
    [InlineData("/V1/Models/fashion", "GetModel")]
    [InlineData("/v1/nothing", "")]
    public void Matches_Path_AsTheHostDoes(string path, string function) =>
        Assert.Equal(function, string.Join(',', _routes.All.Where(r => !r.IsFallback && r.Matches(path)).Select(r => r.Name)));
}
