using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using PerCall.Functions.Routes;
using Xunit;

namespace PerCall.Functions.Tests.Routes;

public sealed class FunctionRoutesTests
{
    private const int Literal = 2;

    private readonly FunctionRoutes _routes = FunctionRoutes.Discover();

    [Fact]
    public void Discover_EveryRoute_IsTheOperatorsTheTenantsOrOpen()
    {
        Assert.Superset(
            new HashSet<string> { "DeleteVersion", "PublishModel", "SetAlias", "CreateTenant", "PutPlan", "CreateTenantKey", "VerifyAudit" }, _routes.All.Where(r => r.IsManagement).Select(r => r.Name).ToHashSet());
        Assert.Superset(
            new HashSet<string> { "ClassifyImage", "ListModels", "CreateKey", "Infer", "InferenceVersionReady", "HuggingFacePipeline" },
            _routes.All.Where(r => r.IsTenants).Select(r => r.Name).ToHashSet());
        // All that nobody is asked a key for.
        Assert.Equal(
            [
                "Docs", "DocsScript", "GetTransfer", "InferenceLive", "InferenceReady", "InferenceServer", "Live", "OpenApi", "PutTransfer",
                "Ready", "SecurityTxt", "ZFallback",
            ],
            _routes.All.Where(r => !r.IsManagement && !r.IsTenants).Select(r => r.Name).Order(StringComparer.Ordinal));
    }

    /// <summary>A Functions host takes the first function, by name and without regard to case, whose route and methods match.</summary>
    [Fact]
    public void Discover_ByTheRuleOfAFunctionsHost_NoRouteHidesAnother() => Assert.Empty(Hidden(_routes.All));

    [Fact]
    public void Hidden_FallbackNamedBeforeOthers_TakesTheirRoutes()
    {
        var renamed = _routes.All.Select(r => r.IsFallback ? r with { Name = "Fallback" } : r).ToList();

        var hidden = Hidden(renamed);

        // Without methods of its own it takes all of them.
        var later = _routes.All.Where(
            r => !r.IsFallback && string.Compare(r.Name, "Fallback", StringComparison.OrdinalIgnoreCase) > 0).Select(r => r.Name);
        Assert.Contains("Fallback takes v1/models of ListModels", hidden);
        Assert.Equal(later.Order(StringComparer.Ordinal), hidden.Select(h => h[(h.LastIndexOf(' ') + 1)..]).Order(StringComparer.Ordinal));
    }

    [Theory]
    // In the order of names the general route comes first, whatever the case.
    [InlineData("aThing GET things/{id}", "BThing GET things/new", "aThing takes things/new of BThing")]
    [InlineData("AThing GET things/{id}", "BThing * things/{name}", "AThing takes things/{name} of BThing")]
    [InlineData("AThing GET {kind}/new", "BThing GET things/{id}", "AThing takes things/{id} of BThing")]
    [InlineData("AThing * {*path}", "BThing GET things", "AThing takes things of BThing")]
    [InlineData("AThing GET things/new", "BThing GET things/{id}", "")]
    [InlineData("AThing GET things/{id}", "BThing PUT things/new", "")]
    [InlineData("AThing GET things/{id}", "BThing GET things/{id}/parts", "")]
    public void Hidden_TwoRoutes_AreJudgedByNameMethodAndTemplate(string first, string second, string expected)
    {
        // In either order of declaration.
        Assert.Equal(expected, string.Join(';', Hidden([Route(first), Route(second)])));
        Assert.Equal(expected, string.Join(';', Hidden([Route(second), Route(first)])));
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

    [Theory]
    [InlineData("/v1/models", "ListModels")]
    [InlineData("/V1/Models/fashion", "GetModel")]
    [InlineData("/v1/nothing", "")]
    public void Matches_Path_AsTheHostDoes(string path, string function) =>
        Assert.Equal(function, string.Join(',', _routes.All.Where(r => !r.IsFallback && r.Matches(path)).Select(r => r.Name)));

    private static FunctionRoute Route(string text)
    {
        var parts = text.Split(' ');
        return new(parts[0], parts[2], parts[1] == "*" ? [] : [parts[1]], typeof(FunctionRoutesTests).GetMethods()[0]);
    }

    private static List<string> Hidden(IEnumerable<FunctionRoute> routes)
    {
        var inOrder = routes.OrderBy(r => r.Name, StringComparer.OrdinalIgnoreCase).ToList();
        return
        [
            .. from pair in inOrder.SelectMany((later, i) => inOrder.Take(i).Select(first => (First: first, Later: later)))
               where pair.First.Methods.Count == 0 || pair.Later.Methods.Count == 0
                   || pair.First.Methods.Intersect(pair.Later.Methods).Any()
               let path = CommonPath(pair.First, pair.Later)
               where pair.First.Matches(path) && pair.Later.Matches(path) && !IsNarrower(pair.First, pair.Later)
               select $"{pair.First.Name} takes {pair.Later.Template} of {pair.Later.Name}",
        ];
    }

    /// <summary>A path that both routes match, if any does: literal segments of either, else a value.</summary>
    private static string CommonPath(FunctionRoute first, FunctionRoute later)
    {
        var (a, b) = (first.Template.Split('/'), later.Template.Split('/'));
        return "/" + string.Join('/', Enumerable.Range(0, Math.Max(a.Length, b.Length)).Select(i =>
            Rank(b, i) == Literal ? b[i] : Rank(a, i) == Literal ? a[i] : "any"));
    }

    /// <summary>
    /// Whether the first route is meant to take what both match: no segment is wider than the other's, and one is narrower.
    /// </summary>
    private static bool IsNarrower(FunctionRoute first, FunctionRoute later)
    {
        var (a, b) = (first.Template.Split('/'), later.Template.Split('/'));
        var ranks = Enumerable.Range(0, Math.Max(a.Length, b.Length)).Select(i => Rank(a, i) - Rank(b, i)).ToList();
        return ranks.All(r => r >= 0) && ranks.Any(r => r > 0);
    }

    private static int Rank(string[] template, int segment) =>
        segment >= template.Length || template[segment].StartsWith("{*", StringComparison.Ordinal) ? 0
        : template[segment].Contains('{', StringComparison.Ordinal) ? 1 : Literal;
}
