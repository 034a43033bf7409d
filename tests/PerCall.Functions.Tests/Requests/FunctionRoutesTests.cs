using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Requests;

public sealed class FunctionRoutesTests
{
    private readonly FunctionRoutes _routes = FunctionRoutes.Discover();

    [Fact]
    public void Discover_Management_IsEveryRouteBelowManageAndNoOther()
    {
        Assert.Equal(
            ["DeleteVersion", "PublishModel", "SetAlias"],
            _routes.All.Where(r => r.IsManagement).Select(r => r.Name).Order(StringComparer.Ordinal));
        Assert.All(_routes.All, r => Assert.Equal(r.IsManagement, r.Template.StartsWith("manage", StringComparison.OrdinalIgnoreCase)));
    }

    [Theory]
    [InlineData("/v1/models", "ListModels")]
    [InlineData("/V1/Models/fashion", "GetModel")]
    [InlineData("/v1/nothing", "")]
    public void Matches_Path_AsTheHostDoes(string path, string function) =>
        Assert.Equal(function, string.Join(',', _routes.All.Where(r => !r.IsFallback && r.Matches(path)).Select(r => r.Name)));
}
