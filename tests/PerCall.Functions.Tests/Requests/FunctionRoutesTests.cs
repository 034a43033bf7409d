using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Requests;

public sealed class FunctionRoutesTests
{
    private readonly FunctionRoutes _routes = FunctionRoutes.Discover();

    [Fact]
    public void Discover_EveryRoute_IsTheOperatorsTheTenantsOrOpen()
    {
        Assert.Superset(new HashSet<string> { "DeleteVersion", "PublishModel", "SetAlias", "CreateTenant", "PutPlan", "CreateTenantKey", "VerifyAudit" }, _routes.All.Where(r => r.IsManagement).Select(r => r.Name).ToHashSet());
        Assert.Superset(new HashSet<string> { "ClassifyImage", "ListModels", "CreateKey" }, _routes.All.Where(r => r.IsTenants).Select(r => r.Name).ToHashSet());
        // All that nobody is asked a key for.
        Assert.Equal(["Docs", "DocsScript", "Fallback", "Live", "OpenApi", "Ready"], _routes.All.Where(r => !r.IsManagement && !r.IsTenants).Select(r => r.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/v1/models", "ListModels")]
    [InlineData("/V1/Models/fashion", "GetModel")]
    [InlineData("/v1/nothing", "")]
    public void Matches_Path_AsTheHostDoes(string path, string function) =>
        Assert.Equal(function, string.Join(',', _routes.All.Where(r => !r.IsFallback && r.Matches(path)).Select(r => r.Name)));
}
