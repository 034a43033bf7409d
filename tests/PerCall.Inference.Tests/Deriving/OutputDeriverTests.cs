using Xunit;

namespace PerCall.Inference.Tests.Deriving;

public sealed class OutputDeriverTests
{
    private const string Processor = """{"size": {"height": 8, "width": 8}, "resample": 2, "do_normalize": false}""";

    [Theory]
    [InlineData("config.json", """{"architectures": ["XForImageClassification"], "id2label": {"2": "c", "0": "a", "1": "b"}}""")]
    [InlineData("Labels.json", """{"0": "a", "1": "b", "2": "c"}""")]
    [InlineData("imagenet_class_index.json", """{"0": ["n01440764", "a"], "1": ["n01443537", "b"], "2": ["n01484850", "c"]}""")]
    [InlineData("settings.json", """{"version": 3, "labels": ["a", "b", "c"], "colors": ["x"]}""")]
    [InlineData("classes.txt", "a\nb\nc\n")]
    [InlineData("synset.txt", "n01440764 a\nn01443537 b\nn01484850 c")]
    public async Task Derive_OfLabels_FindsThemInAFile(string file, string content)
    {
        using var folder = new DerivedFolder(Graphs.Channels()).Add("preprocessor_config.json", Processor).Add(file, content);

        await folder.DeriveAsync();

        Assert.Equal("a\nb\nc\n", folder.Read("labels.txt"));
    }

    [Theory]
    [InlineData("names", "{0: 'a', 1: \"b\", 2: 'c'}")]
    [InlineData("classes", "[\"a\", \"b\", \"c\"]")]
    [InlineData("labels", "a, b, c")]
    public async Task Derive_OfLabels_FindsThemInTheMetadata(string key, string value)
    {
        using var folder = new DerivedFolder(Graphs.Channels().With(key, value)).Add("preprocessor_config.json", Processor);

        await folder.DeriveAsync();

        Assert.Equal("a\nb\nc\n", folder.Read("labels.txt"));
    }

    [Fact]
    public async Task Derive_OfAModelWithoutAHead_GivesItsVector()
    {
        using var folder = new DerivedFolder(Graphs.Channels(output: "pooler_output")).Add("preprocessor_config.json", Processor)
            .Add("config.json", """{"architectures": ["ResNetModel"]}""");

        var derived = await folder.DeriveAsync();

        Assert.Equal(Inference.Packages.ModelTask.Prediction, derived.Manifest.Task);
    }

    [Fact]
    public async Task Derive_OfLabelsThatNothingNames_TakesTheOwnersAnswer()
    {
        using var folder = new DerivedFolder(Graphs.Channels()).Add("preprocessor_config.json", Processor)
            .Add("notes.md", "x").Add("two.txt", "a\nb");

        Assert.Equal("labels", Assert.Single((await folder.RefuseAsync()).Faults).Where);
        Assert.Equal(
            "is 'two.txt', which has 2 labels; the graph has 3.",
            Assert.Single((await folder.RefuseAsync("labels=two.txt")).Faults).Problem);
        Assert.Contains("not a file of the folder", (await folder.RefuseAsync("labels=none.txt")).Message, StringComparison.Ordinal);
        await folder.DeriveAsync("labels=numbers");
        Assert.Equal("0\n1\n2\n", folder.Read("labels.txt"));
        Assert.Equal("values", (string?)(await folder.ManifestAsync("labels=values"))["output"]!["kind"]);
    }

    [Theory]
    [InlineData(null, "softmax")]
    [InlineData("Softmax", "none")]
    [InlineData("Sigmoid", "none")]
    public async Task Derive_OfScores_KnowsWhatTheGraphApplied(string? last, string activation)
    {
        using var folder = new DerivedFolder(Graphs.Channels(last: last)).Add("preprocessor_config.json", Processor)
            .Add("labels.txt", "a\nb\nc");

        var output = (await folder.ManifestAsync())["output"]!;

        Assert.Equal(activation, (string?)output["activation"]);
        Assert.Equal(last == "Sigmoid" ? "[0.5]" : null, output["thresholds"]?.ToJsonString());
    }

    [Fact]
    public async Task Derive_OfSeveralLabelsAtOnce_AppliesSigmoid()
    {
        using var folder = new DerivedFolder(Graphs.Channels()).Add("preprocessor_config.json", Processor).Add(
            "config.json",
            """
            {"architectures": ["XForImageClassification"], "problem_type": "multi_label_classification",
             "id2label": {"0": "a", "1": "b", "2": "c"}}
            """);

        Assert.Equal("sigmoid", (string?)(await folder.ManifestAsync())["output"]!["activation"]);
    }

    [Fact]
    public async Task Derive_OfAMember_IsOverriddenBySettings()
    {
        using var folder = new DerivedFolder(Graphs.Channels()).Add("preprocessor_config.json", Processor).Add("labels.txt", "a\nb\nc")
            .Add("README.md", "---\ntags: [x]\nlicense: apache-2.0\n---\n# Card\n");

        var manifest = await folder.ManifestAsync("version=3", "image.color=bgr", "image.mean=[1, 2, 3]", "limits.queue=7");

        Assert.Equal(
            ("my-model", "3", "apache-2.0"), ((string?)manifest["name"], (string?)manifest["version"], (string?)manifest["license"]));
        Assert.Equal(("bgr", "[1,2,3]"), ((string?)manifest["image"]!["color"], manifest["image"]!["mean"]!.ToJsonString()));
        Assert.Equal((7, "README.md"), ((int?)manifest["limits"]!["queue"], (string?)manifest["card"]));
        Assert.Contains("unknown member 'colour'", (await folder.RefuseAsync("image.colour=bgr")).Message, StringComparison.Ordinal);
    }
}
