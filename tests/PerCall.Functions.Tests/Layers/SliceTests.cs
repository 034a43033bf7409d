using ArchUnitNET.Domain;
using ArchUnitNET.Fluent.Slices;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using PerCall.Functions.Routes;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Layers;

/// <summary>Holds the slices of PerCall.Functions, and the folders of Batches, to an order without cycles.</summary>
public sealed class SliceTests
{
    private const string Root = "PerCall.Functions";
    private const string Batches = Root + ".Batches";

    // Loaded once: it takes longer than all checks.
    private static readonly Architecture Service = new ArchLoader().LoadAssembly(typeof(FunctionRoutes).Assembly).Build();

    [Theory]
    [InlineData(Root)]
    [InlineData(Batches)]
    public void Slices_OfNamespace_HaveNoCycle(string parent)
    {
        // The library's patterns make a slice of each namespace below; here a folder is one with all that is in it.
        var rule = new SliceRuleCreator();
        rule.SetSliceAssignment(
            new(t => SliceOf(t, parent) is { } slice ? SliceIdentifier.Of(slice) : SliceIdentifier.Ignore(), $"in {parent}"));
        new GivenSlices(rule).Should().BeFreeOfCycles().Check(Service);
    }

    [Fact]
    public void Slices_OfService_AreTheFolders() =>
        Assert.Equal(
            Directory.GetDirectories(Path.Combine(Repository.Root, "src", Root))
                .Select(d => Path.GetFileName(d))
                .Except(["bin", "obj", "Properties"])
                .Order(StringComparer.Ordinal),
            SlicesOf(Root));

    [Fact]
    public void BatchesRoot_Types_AreKnownByNoFolderOfBatches()
    {
        var known = Service.Types
            .Where(t => SliceOf(t, Batches) is not null)
            .SelectMany(t => t.Dependencies)
            .Where(d => d.Target.Namespace?.FullName == Batches)
            .Select(d => $"{d.Origin.FullName} -> {d.Target.FullName}");
        Assert.Empty(known);
    }

    [Fact]
    public async Task Diagram_OfLayers_NamesEverySliceAndEveryDependencyGoesDown()
    {
        var page = Path.Combine(Repository.Root, "docs", "architecture.md");
        var diagram = LayerDiagram.Parse(await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken));
        Assert.Equal(SlicesOf(Root), diagram.Slices.Order(StringComparer.Ordinal));
        var dependencies = DependenciesOf(Root);
        List<(string From, string To)> upward = [.. dependencies.Where(d => !diagram.Allows(d.From, d.To))];
        Assert.Empty(upward);
        Assert.Empty(diagram.Arrows.Except(dependencies));
    }

    private static IEnumerable<string> SlicesOf(string parent) =>
        Service.Types.Select(t => SliceOf(t, parent)).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static HashSet<(string From, string To)> DependenciesOf(string parent)
    {
        // Types that the loader does not list, such as those that the compiler generates, belong to no slice.
        var types = Service.Types.ToHashSet();
        return
        [
            .. from type in types
               from dependency in type.Dependencies
               where types.Contains(dependency.Target)
               let @from = SliceOf(type, parent)
               let to = SliceOf(dependency.Target, parent)
               where @from is not null && to is not null && @from != to
               select (@from, to),
        ];
    }

    private static string? SliceOf(IType type, string parent) =>
        // Parameters of generic types have no namespace.
        type.Namespace?.FullName is { } name && name.StartsWith(parent + ".", StringComparison.Ordinal)
            ? name[(parent.Length + 1)..].Split('.')[0]
            : null;
}
