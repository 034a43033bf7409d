using System.Text.Json.Nodes;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Deriving;

public sealed class TableDeriverTests
{
    [Fact]
    public async Task Derive_OfAnArrayOfColumns_NamesThemByAFile()
    {
        using var folder = new DerivedFolder(Graphs.Columns(3)).Add("feature_names.json", """["age", "height", "weight"]""")
            .Add("class_names.txt", "low\nmiddle\nhigh");

        var manifest = await folder.ManifestAsync();

        Assert.Equal(["age", "height", "weight"], manifest["table"]!["columns"]!.AsArray().Select(c => (string)c!["name"]!));
        Assert.Equal("low\nmiddle\nhigh\n", folder.Read("labels.txt"));
        // Each column of the sample is 1, so all labels have the same score.
        Assert.All(
            JsonNode.Parse(folder.Read("golden.jsonl"))!["predictions"]!.AsArray(), p => Assert.Equal(1 / 3.0, (double)p!["score"]!, 1e-5));
    }

    [Fact]
    public async Task Derive_OfOneNumber_GivesValues()
    {
        using var folder = new DerivedFolder(Graphs.Columns(1));

        var derived = await folder.DeriveAsync();

        Assert.Equal((Inference.Packages.ModelTask.TablePrediction, "1"), (derived.Manifest.Task, derived.Answer));
    }

    [Fact]
    public async Task Derive_OfADataFrame_HasAColumnForEachInput()
    {
        using var folder = new DerivedFolder(await FixtureAsync("columns.onnx"));

        var manifest = await folder.ManifestAsync();

        var inputs = manifest["inputs"]!.AsArray().Select(i => (string)i!["name"]!).ToList();
        Assert.Equal(inputs, manifest["table"]!["columns"]!.AsArray().Select(c => (string)c!["tensor"]!));
        Assert.Equal("table-prediction", (string?)manifest["task"]);
    }

    [Fact]
    public async Task Derive_OfTrees_ReadsTheLabelsOfTheOperator()
    {
        using var folder = new DerivedFolder(await FixtureAsync("trees.onnx"));

        var derived = await folder.DeriveAsync();

        Assert.Contains(
            derived.Facts, f => f.Member == "output.labels" && f.Source.StartsWith("the graph's operator", StringComparison.Ordinal));
        Assert.Equal("none", derived.Facts.Single(f => f.Member == "output.activation").Value);
    }

    [Fact]
    public async Task Derive_OfNumberedClasses_NamesThemAndDoesWithoutTheirColumn()
    {
        using var folder = new DerivedFolder(await FixtureAsync("classes.onnx"));

        var derived = await folder.DeriveAsync();

        Assert.Equal("small\nlarge\nmiddle\n", folder.Read("labels.txt"));
        Assert.Equal("Score.output", derived.Manifest.Output!.Tensor);
        // Age is 1, so the logits are 1, 0 and 0.
        Assert.Equal("""{"age":1}""", JsonNode.Parse(folder.Read("golden.jsonl"))!["row"]!.ToJsonString());
        Assert.StartsWith("small 0.5761", derived.Answer, StringComparison.Ordinal);
        Assert.Contains("The answer does not depend on kind: rows need not have them.", derived.Notes);
    }

    [Fact]
    public async Task Derive_OfEncodersThatFailOnOtherTexts_AllowsTheirTextsOnly()
    {
        using var folder = new DerivedFolder(await FixtureAsync("coded.onnx"));

        var derived = await folder.DeriveAsync();

        Assert.Equal("11", derived.Answer);
        Assert.Equal([["oslo", "rome"], ["free", "paid"]], derived.Manifest.Table!.Columns.Select(c => c.Values));
    }

    private static Task<byte[]> FixtureAsync(string file) => File.ReadAllBytesAsync(
        Path.Combine(Repository.Root, "tests", "PerCall.Inference.Tests", "Tables", "fixtures", file),
        TestContext.Current.CancellationToken);
}
