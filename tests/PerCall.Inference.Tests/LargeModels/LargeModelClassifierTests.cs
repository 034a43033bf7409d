using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using PerCall.Inference.Outputs;
using PerCall.Inference.Images;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Registry;
using PerCall.Inference.Text;
using PerCall.Testing;
using PerCall.Testing.Packages;
using SkiaSharp;
using Xunit;

namespace PerCall.Inference.Tests.LargeModels;

public sealed class LargeModelClassifierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Classify_Texts_AsksForEachWithInstructionsLabelsAndExamples()
    {
        var client = FakeClient.Choosing(q => q.Input.Text!.Contains("won", StringComparison.Ordinal) ? "spam" : "ham");
        var package = LargePackages.Text();
        package.Manifest["large_model"]!["examples"] = JsonNode.Parse("""[{"input": "Buy now", "label": "spam"}]""");
        using var model = await LoadAsync(package, client);

        var run = await ClassifyAsync(model, ["You won", "Hello", "won again"]);

        Assert.Equal(["spam", "ham", "spam"], run.Texts.Select(t => t.Predictions.Single().Label));
        Assert.All(
            run.Texts, t => Assert.Equal((7, (long?)3, FallbackState.NotNeeded, false), (t.Tokens, t.Cost, t.Fallback, t.Truncated)));
        // The provider reports no probabilities.
        Assert.All(run.Texts, t => Assert.True(float.IsNaN(t.Predictions.Single().Score)));
        var question = client.Questions[0];
        Assert.Equal("large", question.Model);
        Assert.StartsWith("Choose.", question.Instructions, StringComparison.Ordinal);
        Assert.EndsWith("- spam\n- ham", question.Instructions, StringComparison.Ordinal);
        Assert.Equal(("Buy now", "spam"), (question.Examples.Single().Input.Text, question.Examples.Single().Label));
        Assert.Equal(["spam", "ham"], question.Labels);
    }

    [Fact]
    public async Task Classify_AnswerWithTokens_HasTheirProbabilities()
    {
        var client = new FakeClient((_, _) => Task.FromResult(FakeClient.Answer("ham", probability: 0.25)));
        using var model = await LoadAsync(LargePackages.Text(), client);

        var text = (await ClassifyAsync(model, ["x"])).Texts.Single();

        Assert.Equal([new Prediction("ham", 1)], text.Predictions);
    }

    [Theory]
    [InlineData("""{"label": "jam"}""")]
    [InlineData("""{"label": 5}""")]
    [InlineData("""{"label": "SPAM"}""")]
    [InlineData("I think it is spam.")]
    [InlineData("")]
    public async Task Classify_AnswerThatIsNoLabel_NamesTheInput(string answer)
    {
        var client = new FakeClient((q, _) => Task.FromResult(
            q.Input.Text == "b" ? new LabelReply { Text = answer } : FakeClient.Answer("ham")));
        using var model = await LoadAsync(LargePackages.Text(), client);

        var refusal = await Assert.ThrowsAsync<LabelRefusedException>(() => ClassifyAsync(model, ["a", "b"]));

        Assert.Equal(("label_outside_list", "input[1]"), (refusal.Code, refusal.Param));
        Assert.Contains("'input[1]'", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spam")]
    [InlineData(" ham\n")]
    public async Task Classify_AnswerOfAServerWithoutSchemas_IsItsText(string answer)
    {
        using var model = await LoadAsync(
            LargePackages.Text(), new((_, _) => Task.FromResult(new LabelReply { Text = answer })));

        Assert.Equal(answer.Trim(), (await ClassifyAsync(model, ["a"])).Texts.Single().Predictions.Single().Label);
    }

    [Theory]
    [InlineData("head", "😀b😀")]
    [InlineData("tail", "😀d😀")]
    [InlineData("head_tail", "😀b😀")]
    public async Task Classify_LongText_IsCutByCharactersAndSaysSo(string truncate, string sent)
    {
        var client = FakeClient.Choosing(_ => "ham");
        var package = LargePackages.Text();
        package.Manifest["large_model"]!["max_characters"] = 3;
        package.Manifest["large_model"]!["truncate"] = truncate;
        using var model = await LoadAsync(package, client);

        var run = await ClassifyAsync(model, ["😀b😀c😀d😀"[..(truncate == "head_tail" ? 5 : 11)], "a\ud83d"]);

        Assert.Equal([truncate != "head_tail", false], run.Texts.Select(t => t.Truncated));
        Assert.Equal([sent, "a\ufffd"], client.Questions.Select(q => q.Input.Text).Order(StringComparer.Ordinal).Reverse());
    }

    [Fact]
    public async Task Classify_WithRedaction_SendsOnlyTheRedactedText()
    {
        var client = FakeClient.Choosing(_ => "ham");
        using var model = await LoadAsync(LargePackages.Text(), client);

        await TextClassifier.ClassifyAsync(
            model, ["Call 555"], 1, new() { Redact = t => t.Replace("555", "[phone]", StringComparison.Ordinal) }, Cancellation);

        Assert.Equal("Call [phone]", client.Questions.Single().Input.Text);
    }

    [Fact]
    public async Task Classify_ManyTexts_AsksAtOnceAsTheManifestAllows()
    {
        var all = new TaskCompletionSource();
        FakeClient? client = null;
        client = new(async (_, _) =>
        {
            if (client!.MostAtOnce == 4)
            {
                all.TrySetResult();
            }

            await all.Task;
            return FakeClient.Answer("ham");
        });
        using var model = await LoadAsync(LargePackages.Text().With("limits", JsonNode.Parse("""{"concurrency": 4}""")), client);

        var run = await ClassifyAsync(model, [.. Enumerable.Range(0, 40).Select(i => $"{i}")]);

        Assert.Equal(40, run.Texts.Count);
        Assert.Equal(4, client.MostAtOnce);
    }

    [Fact]
    public async Task Classify_ModelThatDoesNotAnswer_IsGivenUpAfterItsTime()
    {
        var time = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        using var model = await LargePackages.LoadAsync(
            LargePackages.Text(),
            _folder.Path,
            new(async (_, token) =>
            {
                asked.SetResult();
                await Task.Delay(Timeout.Infinite, token);
                return FakeClient.Answer("ham");
            }),
            Cancellation,
            time);

        var run = ClassifyAsync(model, ["a"]);
        await asked.Task;
        time.Advance(TimeSpan.FromSeconds(30));

        var busy = await Assert.ThrowsAsync<ModelBusyException>(() => run);
        Assert.Equal("large_model_timeout", busy.Code);
    }

    [Fact]
    public async Task Classify_ModelThatIsNotConfigured_SaysWhatToConfigure()
    {
        var package = LargePackages.Text();
        package.Manifest["large_model"]!["model"] = "unknown";
        using var model = await LoadAsync(package, FakeClient.Choosing(_ => "ham"));

        var fault = await Assert.ThrowsAsync<ModelNotConfiguredException>(() => ClassifyAsync(model, ["a"]));

        Assert.Contains("PerCall:OpenAI:Models:unknown", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Classify_Picture_IsSentUprightAndSmallAndWithoutItsMetadata()
    {
        var client = FakeClient.Choosing(_ => "zero");
        var package = LargePackages.Images();
        package.Manifest["large_model"]!["max_side"] = 64;
        using var model = await LoadAsync(package, client);

        using var drawn = new SKBitmap(200, 100);
        drawn.Erase(SKColors.Transparent);
        using var png = drawn.Encode(SKEncodedImageFormat.Png, 100);
        var run = await new ImageClassifier(1_000_000).ClassifyAsync(model, png.ToArray(), 1, new(), Cancellation);

        Assert.Equal("zero", run.Predictions.Single().Label);
        var url = client.Questions.Single().Input.Image!;
        Assert.StartsWith("data:image/jpeg;base64,", url, StringComparison.Ordinal);
        using var sent = SKBitmap.Decode(Convert.FromBase64String(url[(url.IndexOf(',', StringComparison.Ordinal) + 1)..]));
        Assert.Equal((64, 32), (sent.Width, sent.Height));
        // What is transparent is white.
        Assert.Equal(SKColors.White, sent.GetPixel(30, 15));
    }

    [Fact]
    public async Task Classify_Wrong_TaskOrPicture_IsRefusedBeforeAsking()
    {
        var client = FakeClient.Choosing(_ => "zero");
        using var model = await LoadAsync(LargePackages.Images(), client);
        var images = new ImageClassifier(1_000_000);

        await Assert.ThrowsAsync<ModelNotFoundException>(() => ClassifyAsync(model, ["a"]));
        await Assert.ThrowsAsync<InvalidInputException>(
            async () => await images.ClassifyAsync(model, "no picture"u8.ToArray(), 1, new(), Cancellation));

        Assert.Empty(client.Questions);
    }

    [Fact]
    public async Task Fallback_LowScores_AreAnsweredByIt()
    {
        using var spam = await LoadSpamAsync(below: 0.95);
        var client = new FakeClient((_, _) => Task.FromResult(FakeClient.Answer("ham", 0.5)));
        using var registry = Registry(client);
        List<(string, long)> opened = [];

        var plain = await TextClassifier.ClassifyAsync(spam, Texts, 2, Cancellation);
        var run = await TextClassifier.ClassifyAsync(
            spam, Texts, 2, new() { OpenFallback = (rule, units, token) => OpenAsync(registry, rule.Model, units, opened, token) },
            Cancellation);

        var low = plain.Texts.Select(t => t.Predictions[0].Score < 0.95).ToList();
        Assert.Contains(true, low);
        Assert.Contains(false, low);
        Assert.Equal(low, run.Texts.Select(t => t.Fallback == FallbackState.Answered));
        Assert.Equal("mail", run.Fallback!.Name);
        Assert.Equal([("mail", 1L)], opened);
        foreach (var (i, isLow) in low.Index())
        {
            Assert.Equal(isLow ? [new("ham", 1)] : plain.Texts[i].Predictions, run.Texts[i].Predictions);
            Assert.Equal(isLow, client.Questions.Exists(q => q.Input.Text == Texts[i]));
        }
    }

    [Fact]
    public async Task Fallback_ThatCannotAnswer_LeavesTheModelsOwnAnswer()
    {
        using var spam = await LoadSpamAsync(below: 1);
        var client = new FakeClient((q, _) => q.Input.Text == Texts[0]
            ? throw new ModelBusyException("down", TimeSpan.FromSeconds(1))
            : Task.FromResult(FakeClient.Answer("ham")));
        using var registry = Registry(client);
        var plain = await TextClassifier.ClassifyAsync(spam, Texts, 1, Cancellation);

        var closed = await TextClassifier.ClassifyAsync(
            spam, Texts, 1, new() { OpenFallback = (_, _, _) => new(default(ModelLease)) }, Cancellation);
        var partly = await TextClassifier.ClassifyAsync(
            spam, Texts, 1, new() { OpenFallback = (rule, units, token) => OpenAsync(registry, rule.Model, units, [], token) },
            Cancellation);

        Assert.Equal(plain.Texts.Select(t => t.Predictions[0]), closed.Texts.Select(t => t.Predictions[0]));
        Assert.All(closed.Texts, t => Assert.Equal(FallbackState.Unavailable, t.Fallback));
        Assert.Null(closed.Fallback);
        Assert.Equal(
            [FallbackState.Unavailable, FallbackState.Answered, FallbackState.Answered], partly.Texts.Select(t => t.Fallback));
        Assert.Equal(plain.Texts[0].Predictions[0], partly.Texts[0].Predictions[0]);
    }

    [Fact]
    public async Task Fallback_PictureWithALowScore_IsAnsweredByIt()
    {
        var digits = PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1"))
            .With("fallback", JsonNode.Parse("""{"model": "photos", "below": 1}"""));
        var client = FakeClient.Choosing(_ => "zero");
        using var model = await LoadAsync(digits, client);
        using var registry = Registry(client);
        var images = new ImageClassifier(1_000_000);
        var picture = await File.ReadAllBytesAsync(LargePackages.Digit, Cancellation);

        var own = await images.ClassifyAsync(model, picture, 1, Cancellation);
        var run = await images.ClassifyAsync(
            model, picture, 1, new() { OpenFallback = (rule, units, token) => OpenAsync(registry, rule.Model, units, [], token) },
            Cancellation);
        var closed = await images.ClassifyAsync(
            model, picture, 1, new() { OpenFallback = (_, _, _) => new(default(ModelLease)) }, Cancellation);

        Assert.Equal(("zero", FallbackState.Answered, "photos"), (run.Predictions.Single().Label, run.State, run.Fallback!.Name));
        Assert.Equal((own.Predictions.Single(), FallbackState.Unavailable), (closed.Predictions.Single(), closed.State));
    }

    public void Dispose() => _folder.Dispose();

    private static readonly string[] Texts =
        ["You are a WINNER!!! CLICK HERE to claim your FREE cash prize now", "Hello", "Σίσυφος Ёлка"];

    private static async ValueTask<ModelLease?> OpenAsync(
        ModelRegistry registry, string model, long units, List<(string, long)> opened, CancellationToken cancellation)
    {
        opened.Add((model, units));
        return await registry.AcquireAsync(model, cancellation);
    }

    private static async Task<TextClassification> ClassifyAsync(LoadedModel model, IReadOnlyList<string> texts) =>
        await TextClassifier.ClassifyAsync(model, texts, 5, new(), Cancellation);

    private Task<LoadedModel> LoadAsync(PackageBuilder package, FakeClient client) =>
        LargePackages.LoadAsync(package, _folder.Path, client, Cancellation);

    private Task<LoadedModel> LoadSpamAsync(double below) => LoadAsync(
        PackageBuilder.FromFolder(Path.Combine(Repository.Models, "spam", "1"))
            .With("fallback", new JsonObject { ["model"] = "mail", ["below"] = below }),
        FakeClient.Choosing(_ => "ham"));

    private ModelRegistry Registry(FakeClient client)
    {
        var root = _folder.File("published");
        LargePackages.Text().WriteTo(root);
        LargePackages.Images().WriteTo(root);
        var options = new ModelRegistryOptions { CacheFolder = _folder.File("cache") };
        return new(
            new FolderPackageStore(root), new ModelLoader(options, client), options, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
    }
}
