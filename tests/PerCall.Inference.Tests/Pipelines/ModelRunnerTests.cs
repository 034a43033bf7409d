using System.Text.Json.Nodes;
using PerCall.Inference.Outputs;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Registry;
using PerCall.Inference.Tests.Text;
using PerCall.Inference.Text;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Pipelines;

/// <summary>Calls that run together, and what they get when one of them fails.</summary>
public sealed class ModelRunnerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_CallsThatWait_GetTheAnswersTheyGetAlone()
    {
        using var model = await LoadAsync(Bytes());
        string[] texts = [.. Enumerable.Range(0, 12).Select(i => new string((char)('a' + i), 8 + (i % 3)))];

        var answers = await TogetherAsync(model, texts);

        foreach (var (text, answer) in texts.Zip(answers))
        {
            var expected = TextPackages.Scores(text.Select(c => (int)c));
            Assert.All(LabelsOf(answer), p => Assert.Equal(expected[p.Label[0] - 'a'], p.Score, 1e-3f));
            Assert.Equal(text.Length, answer.Rows[0].Tokens);
        }
    }

    [Fact]
    public async Task Run_OneCallTheGraphFailsOn_FailsAlone()
    {
        // Ids from 512 on are beyond the graph's table.
        using var model = await LoadAsync(Bytes(t => t["tokenizer"]!["offset"] = 390));

        var answers = await TogetherAsync(model, ["aaaa", "zzzz", "bbbb", "cccc"]);

        Assert.IsType<ModelFailedException>(answers[1].Rows[0].Fault);
        Assert.All(answers.Where((_, i) => i != 1), a => Assert.Equal(3, LabelsOf(a).Count));
    }

    [Fact]
    public async Task Run_OneRowTheGraphFailsOn_FailsAlone()
    {
        using var model = await LoadAsync(Bytes(t => t["tokenizer"]!["offset"] = 390));

        var run = await ModelRunner.RunAsync(model, [new Passage("aa"), new Passage("zz"), new Passage("bb")], new(), Cancellation);

        Assert.Equal([true, false, true], run.Rows.Select(r => r.Output is not null));
    }

    [Fact]
    public async Task Run_FirstOfJoinedCallsLeaves_OthersGetTheirAnswers()
    {
        using var model = await LoadAsync(Bytes());
        using var impatient = new CancellationTokenSource();
        var turn = await model.EnterAsync(Cancellation);
        var first = ModelRunner.RunAsync(model, [new Passage("aaaa")], new(), impatient.Token).AsTask();
        var second = ModelRunner.RunAsync(model, [new Passage("bbbb")], new(), Cancellation).AsTask();
        await impatient.CancelAsync();
        turn.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(3, LabelsOf(await second).Count);
    }

    [Fact]
    public async Task Load_GraphWithoutMask_RunsOnlyTextsOfEqualLengthTogether()
    {
        // Without a mask, padding counts; its id has no weight only in the graph with one.
        using var model = await LoadAsync(TextPackages.Ids("bytes.onnx", "uint8", [-1, -1], new JsonObject
        {
            ["tokenizer"] = new JsonObject { ["kind"] = "bytes", ["padding_id"] = 5 },
            ["max_length"] = 100,
            ["inputs"] = new JsonObject { ["ids"] = "ids" },
        }));

        Assert.True(model.Pipeline!.Batching.EqualLengths);
        string[] texts = ["a", "bcd", "efghij", "k"];
        var run = await ModelRunner.RunAsync(model, [.. texts.Select(t => new Passage(t))], new() { TopK = 3 }, Cancellation);

        foreach (var (text, row) in texts.Zip(run.Rows))
        {
            var expected = TextPackages.Scores(text.Select(c => (int)c));
            Assert.All(((LabelsOutput)row.Require()).Predictions, p => Assert.Equal(expected[p.Label[0] - 'a'], p.Score, 1e-4f));
        }
    }

    [Fact]
    public async Task Load_GraphWithMask_NeedsNoEqualLengths()
    {
        using var model = await LoadAsync(Bytes());

        Assert.Equal(new Batching(8, EqualLengths: false), model.Pipeline!.Batching);
    }

    [Theory]
    [InlineData("spam")]
    [InlineData("sentiment")]
    public async Task Load_ShippedRecurrentModel_BatchesAndMasksPadding(string name)
    {
        var folder = Path.Combine(Repository.Root, "models", name, "1");
        var manifest = (await new FolderPackageStore(Path.Combine(Repository.Root, "models")).FindAsync(name, "1", Cancellation))!.Manifest;
        using var model = await new ModelLoader(new ModelRegistryOptions()).LoadAsync(manifest, folder, Cancellation);

        Assert.False(model.Pipeline!.Batching.EqualLengths);
        string[] texts = ["Your parcel is on its way to you", "You have won a prize, click here", "see you at the office tomorrow ok"];
        var together = await TogetherAsync(model, texts);
        foreach (var (text, answer) in texts.Zip(together))
        {
            var alone = LabelsOf(ModelRunner.Run(model, [new Passage(text)], new(), Cancellation));
            Assert.All(alone.Zip(LabelsOf(answer)), p => Assert.Equal(p.First.Score, p.Second.Score, 1e-4f));
        }
    }

    [Fact]
    public async Task Check_BatchThatChangesScores_IsRefused()
    {
        var package = TextPackages.Ids("fixed.onnx", "int32", [2, 8], new JsonObject
        {
            ["tokenizer"] = new JsonObject { ["kind"] = "bytes" },
            ["max_length"] = 8,
            ["pad"] = "max_length",
            ["inputs"] = new JsonObject { ["ids"] = "ids" },
        }).With("limits", new JsonObject { ["batch"] = 4 });
        using var model = await LoadAsync(package);

        var fault = BatchTrial.Check(model, Cancellation);

        Assert.Equal(("limits.batch", "is 4, but the graph fixes the number of inputs at 2."), (fault!.Where, fault.Problem));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A graph with a mask, whose calls run one at a time or eight together.</summary>
    private static PackageBuilder Bytes(Action<JsonObject>? text = null) =>
        TextPackages.Tokens(new JsonObject { ["kind"] = "bytes" }, null, text)
            .With("limits", new JsonObject { ["batch"] = 8, ["concurrency"] = 1 });

    private static IReadOnlyList<Prediction> LabelsOf(ModelRun run) => ((LabelsOutput)run.Rows[0].Require()).Predictions;

    /// <summary>Makes a call of each text while the model is occupied, so that they wait and can run together.</summary>
    private static async Task<ModelRun[]> TogetherAsync(LoadedModel model, IReadOnlyList<string> texts)
    {
        var turns = new List<IDisposable>();
        for (var i = 0; i < (model.Manifest.Limits.Concurrency ?? new ModelRegistryOptions().Concurrency); i++)
        {
            turns.Add(await model.EnterAsync(Cancellation));
        }

        var calls = texts.Select(t => ModelRunner.RunAsync(model, [new Passage(t)], new() { TopK = 3 }, Cancellation).AsTask()).ToList();
        turns.ForEach(t => t.Dispose());
        return await Task.WhenAll(calls);
    }

    private Task<LoadedModel> LoadAsync(PackageBuilder package) => Models.LoadAsync(package, _folder.Path, Cancellation);
}
