using PerCall.Inference.Images;
using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Tables;

/// <summary>Whole packages of tables, with graphs in the forms that skl2onnx writes.</summary>
public sealed class TableModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private readonly PackageVerifier _verifier = new(
        new ModelLoader(new ModelRegistryOptions()), new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels)));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("probabilities")]
    [InlineData(TablePackages.Maps)]
    public async Task Run_TreesWithLabelsAsIntegers_GivesTheScoresOfEachRow(string output)
    {
        await VerifyAsync(TablePackages.Trees(output));
        var rows = await RunAsync(
            TablePackages.Trees(output), """{"a": 1, "b": 0, "c": 1}""", """{"a": 2, "b": 0, "c": 0}""", """{"a": 2, "b": 0, "c": 1}""");

        Assert.Equal(["0 0.9", "0 0.7", "1 0.8"], rows.Select(r => Best((LabelsOutput)r.Require())));
    }

    [Fact]
    public async Task Run_OneTensorForEachColumn_ReadsTextsAndDefaults()
    {
        await VerifyAsync(TablePackages.Columns());
        var rows = await RunAsync(
            TablePackages.Columns(),
            """{"age": 30, "city": "oslo"}""", """{"city": "rome", "age": 1, "count": 5, "member": true}""", """{"age": 2, "city": "x"}""");

        Assert.Equal([1040, 2151, 12], rows.Select(r => Assert.Single(((ValuesOutput)r.Require()).Values)));
    }

    [Fact]
    public async Task Run_MapsOfTexts_FollowsTheOrderOfTheLabels()
    {
        await VerifyAsync(TablePackages.ColumnLabels());
        var rows = await RunAsync(TablePackages.ColumnLabels(), """{"age": 990, "city": "oslo", "count": 501}""");

        Assert.Equal("yes 0.7", Best((LabelsOutput)rows[0].Require()));
    }

    [Fact]
    public async Task Verify_MapsOfOtherLabels_NamesThem()
    {
        var refusal = await Assert.ThrowsAsync<PackageRefusedException>(
            () => VerifyAsync(TablePackages.ColumnLabels().Add("labels.txt", "yes\nmaybe")));

        Assert.Contains(
            refusal.Faults, f => f.Where == "labels.txt" && f.Problem == "has 2 labels, but 'maps' gives scores for 2: no, yes.");
    }

    [Fact]
    public async Task Run_RowsWithFaults_FailAlone()
    {
        var rows = await RunAsync(
            TablePackages.Logarithm(), """{"x": 1}""", """{"x": -1}""", """{"y": 1}""", """{"x": "1"}""", """{"x": 1}""");

        Assert.Equal([0, 0], new[] { rows[0], rows[4] }.Select(r => Assert.Single(((ValuesOutput)r.Require()).Values)));
        Assert.Contains("the output 'y' has a value that is not a number", rows[1].Fault!.Message, StringComparison.Ordinal);
        Assert.Equal(
            ["unknown_column", "invalid_column_value"], rows.Skip(2).Take(2).Select(r => ((InvalidInputException)r.Fault!).Code));
    }

    [Theory]
    [InlineData("""{"row": {"x": 2}, "values": [0.5]}""", "value 0 is 0.693147, expected 0.5")]
    [InlineData("""{"row": {"x": 1}, "values": [0, 0]}""", "expected 2 values, got 1")]
    [InlineData("""{"row": {"x": -1}, "values": [0]}""", "makes the graph fail: ")]
    [InlineData("""{"row": {"z": 1}, "values": [0]}""", "cannot be run: The model table/1 has no column 'z'; it has x.")]
    [InlineData("""{"row": [1], "values": [0]}""", "has no row, an object with a value for each column")]
    [InlineData("""{"values": [0]}""", "has no row")]
    [InlineData("""{"row": {"x": 1}}""", "has no values")]
    public async Task Verify_ExampleThatIsNotReproduced_SaysWhatDiffers(string example, string problem)
    {
        var refusal = await Assert.ThrowsAsync<PackageRefusedException>(
            () => VerifyAsync(TablePackages.Logarithm().Add("golden.jsonl", example)));

        var fault = Assert.Single(refusal.Faults);
        Assert.Equal("golden.jsonl, line 1", fault.Where);
        Assert.Contains(problem, fault.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_LabelOfAnExampleThatDiffers_IsRefused()
    {
        var refusal = await Assert.ThrowsAsync<PackageRefusedException>(() => VerifyAsync(TablePackages.Trees().Add(
            "golden.jsonl", """{"row": {"a": 1, "b": 0, "c": 1}, "predictions": [{"label": "1", "score": 0.9}]}""")));

        Assert.Contains(refusal.Faults, f => f.Problem.Contains("is not reproduced for the row {\"a\": 1", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private static string Best(LabelsOutput output) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{output.Predictions[0].Label} {output.Predictions[0].Score:0.##}");

    private Task<ModelManifest> VerifyAsync(PackageBuilder package) =>
        _verifier.VerifyAsync(package.WriteTo(_folder.File("verified")), Cancellation);

    private async Task<IReadOnlyList<RowResult>> RunAsync(PackageBuilder package, params string[] rows)
    {
        using var model = await Models.LoadAsync(package, _folder.Path, Cancellation);
        return (await ModelRunner.RunAsync(model, [.. rows.Select(TablePackages.Row)], new(), Cancellation)).Rows;
    }
}
