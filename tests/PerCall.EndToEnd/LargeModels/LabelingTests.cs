using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Batches;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Charges;
using Xunit;

namespace PerCall.EndToEnd.LargeModels;

/// <summary>Large models as ordinary models, and as fallbacks: the same calls, keys and bill.</summary>
public sealed class LabelingTests(LabelingService service) : IClassFixture<LabelingService>
{
    private const string Winner = "You are a WINNER!!! Congratulations! You have won $1,000,000. CLICK HERE to claim your FREE cash prize "
        + "now.";
    private const string Unsure = "Σίσυφος";

    private static readonly PutPlanRequest Plan = new()
    {
        Currency = "EUR",
        Prices =
        [
            new("text.classify", "*", "1k_characters", 3), new("text.classify", "mail-llm", "1k_characters", 50),
            new("images.classify", "*", "image", 7), new("images.classify", "digits-llm", "image", 90),
            new("batch", "*", "batch_row", 5), new("batch", "mail-llm", "batch_row", 60),
        ],
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Classify_WithALargeModel_IsAnsweredAndChargedLikeAnyModel()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);

        using var response = await tenant.Http.PostAsJsonAsync(
            "v1/text/classify", new { input = new[] { "script: label=ham; p=0.75", "script: label=spam; p=0.5" }, model = "mail-llm" },
            Cancellation);

        var answer = (await response.Content.ReadFromJsonAsync(WireJson.Default.ClassifyTextResponse, Cancellation))!;
        Assert.Equal(("mail-llm", "1"), (answer.Model, answer.Version));
        Assert.Equal(["ham", "spam"], answer.Results.Select(r => r.Predictions[0].Label));
        Assert.All(answer.Results, r => Assert.Equal(1, r.Predictions.Sum(p => p.Score!.Value), 1e-4f));
        Assert.Equal(0.75f, answer.Results[0].Predictions[0].Score!.Value, 1e-4f);
        Assert.Equal("50", response.Headers.GetValues("x-percall-cost").Single());
        var charge = Assert.Single(await tenant.ChargesAsync(Cancellation));
        Assert.Equal((1, 50), (charge.Units, charge.Charge));
        // What the provider bills the operator is recorded beside it.
        Assert.True((long)Data(charge)["cost"]! > 0);
    }

    [Fact]
    public async Task Classify_PictureWithALargeModel_IsAnswered()
    {
        var picture = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-0.png"), Cancellation);
        using var tenant = await TestTenant.CreateAsync(service, Plan);

        var answer = await tenant.Client.ClassifyImageAsync(picture, "digits-llm", cancellation: Cancellation);

        Assert.Equal(("digits-llm", "0"), (answer.Model, answer.Predictions[0].Label));
        Assert.Equal(90, Assert.Single(await tenant.ChargesAsync(Cancellation)).Charge);
    }

    [Fact]
    public async Task Classify_AnswerThatTheProviderFilters_NamesTheInputAndCostsNothing()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);

        using var response = await tenant.Http.PostAsJsonAsync(
            "v1/text/classify", new { input = new[] { "fine", "script: filter=1" }, model = "mail-llm" }, Cancellation);

        await Problems.AssertAsync(response, 422, "content_filter", "input[1]");
        Assert.Empty(await tenant.ChargesAsync(Cancellation));
    }

    [Fact]
    public async Task Classify_ProviderIsDown_CanBeTriedAgainAndCostsNothing()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);

        using var response = await tenant.Http.PostAsJsonAsync(
            "v1/text/classify", new { input = "script: status=503", model = "mail-llm" }, Cancellation);

        await Problems.AssertAsync(response, 503, "large_model_unavailable", null);
        Assert.Empty(await tenant.ChargesAsync(Cancellation));
    }

    [Fact]
    public async Task Classify_WithAFallback_SaysWhichModelAnsweredAndChargesEach()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);

        var answer = await tenant.Client.ClassifyTextAsync([Winner, $"{Unsure} script: label=ham"], "spam-or-llm", 2, Cancellation);

        Assert.Equal("spam-or-llm", answer.Model);
        Assert.Equal(["spam-or-llm/1", "mail-llm/1"], answer.Results.Select(r => r.Model));
        Assert.Equal([null, "answered"], answer.Results.Select(r => r.Fallback));
        Assert.Equal(["spam", "ham"], answer.Results.Select(r => r.Predictions[0].Label));
        var charges = await tenant.ChargesAsync(Cancellation);
        Assert.Equal(
            [(answer.Id, "spam-or-llm", 1L, 3L), ($"{answer.Id}-2", "mail-llm", 1L, 50L)],
            charges.Select(c => (c.Id, (string)Data(c)["model"]!, c.Units, c.Charge)));
        var usage = await tenant.Client.GetUsageAsync(groupBy: "model", cancellation: Cancellation);
        Assert.Equal((1, 53), (usage.Data.Sum(l => l.Calls), usage.Data.Sum(l => l.Charge)));
    }

    [Theory]
    [InlineData("mail-llm", Winner, true)]
    [InlineData("spam-or-llm", Unsure, true)]
    [InlineData("spam-or-llm", Winner, false)]
    public async Task Classify_AnswerOfALargeModel_IsMarkedAlsoWhenItIsSentAgain(string model, string text, bool marked)
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var key = $"key-{Guid.NewGuid():n}";
        for (var i = 0; i < 2; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/text/classify")
            {
                Content = JsonContent.Create(new { input = text, model }),
                Headers = { { "Idempotency-Key", key } },
            };

            using var response = await tenant.Http.SendAsync(request, Cancellation);

            Assert.Equal(
                (200, i == 1, marked),
                ((int)response.StatusCode, response.Headers.Contains("Idempotent-Replayed"),
                    response.Headers.Contains("x-percall-ai-generated")));
        }
    }

    [Fact]
    public async Task Classify_PictureWithAFallback_IsChargedOnceUnderWhatAnswered()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var picture = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7-uncertain.png"), Cancellation);

        var answer = await tenant.Client.ClassifyImageAsync(picture, "digits-or-llm", cancellation: Cancellation);

        Assert.Equal(("digits-llm", "answered", "0"), (answer.Model, answer.Fallback, answer.Predictions[0].Label));
        Assert.Equal(90, Assert.Single(await tenant.ChargesAsync(Cancellation)).Charge);
    }

    [Fact]
    public async Task Classify_FallbackThatCannotAnswer_LeavesTheModelsAnswer()
    {
        using var priced = await TestTenant.CreateAsync(service, Plan);
        using var unpriced = await TestTenant.CreateAsync(
            service, Plan with { Prices = [new("text.classify", "spam-or-llm", "1k_characters", 3)] });

        foreach (var tenant in new[] { priced, unpriced })
        {
            var answer = await tenant.Client.ClassifyTextAsync([$"{Unsure} script: status=500"], "spam-or-llm", 1, Cancellation);

            Assert.Equal(("spam-or-llm/1", "unavailable"), (answer.Results[0].Model, answer.Results[0].Fallback));
            Assert.Equal(3, Assert.Single(await tenant.ChargesAsync(Cancellation)).Charge);
        }
    }

    [Fact]
    public async Task Predict_WithAFallback_ChargesWhatAnswered()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);

        var prediction = await tenant.Client.CreatePredictionAsync(
            new() { Task = "text-classification", Model = "spam-or-llm", Input = JsonInput($"{Unsure} script: label=spam") },
            cancellation: Cancellation);
        var ended = await Eventually.ComesToAsync(
            () => tenant.Client.GetPredictionAsync(prediction.Id, Cancellation), p => p.CompletedAt is not null, "the prediction ends",
            service.Process);

        Assert.Equal("succeeded", ended.Status);
        var result = ended.Output!.Value.GetProperty("results")[0];
        Assert.Equal(("mail-llm/1", "answered"), (result.GetProperty("model").GetString(), result.GetProperty("fallback").GetString()));
        var charge = Assert.Single(await tenant.ChargesAsync(Cancellation));
        Assert.Equal((prediction.Id, "mail-llm", 50), (charge.Id, (string)Data(charge)["model"]!, charge.Charge));
    }

    [Fact]
    public async Task Batch_WithAFallback_ChargesTheRowsOfEachModel()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        string[] rows = [.. Enumerable.Range(0, 20).Select(i => i % 4 == 0 ? $"{Unsure} script: label=ham" : $"{Winner} {i}")];

        var batch = await tenant.Client.RunAsync(
            "rows.jsonl", string.Join('\n', rows.Select(r => new JsonObject { ["text"] = r }.ToJsonString())), BatchCalls.Text,
            "spam-or-llm");

        Assert.Equal(("completed", 20), (batch.Status, batch.RequestCounts.Completed));
        var results = (await tenant.Client.RowsAsync(batch.OutputFileId)).Select(r => r["result"]!["results"]![0]!).ToList();
        Assert.Equal(
            rows.Select(r => r.StartsWith(Unsure, StringComparison.Ordinal) ? "mail-llm/1" : "spam-or-llm/1"),
            results.Select(r => (string?)r["model"]));
        Assert.Equal(
            [(batch.Id, "spam-or-llm", 15L, 75L), ($"{batch.Id}-2", "mail-llm", 5L, 300L)],
            (await tenant.ChargesAsync(Cancellation)).Select(c => (c.Id, (string)Data(c)["model"]!, c.Units, c.Charge)));
        Assert.Equal((20L, 375L), (batch.Cost!.Units, batch.Cost.Charge));
        Assert.Equal([(null, 15L, 75L), ("mail-llm/1", 5L, 300L)], batch.Cost.Lines!.Select(l => (l.Model, l.Units, l.Charge)));
    }

    [Theory]
    // Twenty rows at 60, and one micro-unit for rounding the parts of both models. Without the fallback they cost 100.
    [InlineData(1_259, false)]
    [InlineData(1_260, true)]
    public async Task Quote_WithAFallback_StatesItsPriceAndComparesTheDearerOneWithTheBudget(long budget, bool isWithin)
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan with { MonthlyBudget = budget });
        var file = await tenant.Client.SendAsync("rows.jsonl", string.Join('\n', Enumerable.Repeat("""{"text": "Hello"}""", 20)));

        var quote = await tenant.Client.QuoteBatchAsync(
            new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam-or-llm" }, Cancellation);

        Assert.Equal((100, new QuotedFallback("mail-llm/1", 1_200, "0.001200")), (quote.Price, quote.Fallback));
        Assert.Equal(isWithin, quote.WithinBudget);
        if (!isWithin)
        {
            var refusal = await Assert.ThrowsAsync<PerCallException>(() => tenant.Client.CreateBatchAsync(
                new() { InputFileId = file.Id, Endpoint = BatchCalls.Text, Model = "spam-or-llm" }, Cancellation));
            Assert.Contains("(or 0.001200 if mail-llm/1 answers them)", refusal.Problem!.Detail);
        }
    }

    [Fact]
    public async Task Batch_WithALargeModel_FailsOnlyTheRowsThatHaveNoLabel()
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        string[] rows = ["script: label=ham", "script: filter=1", "script: label=spam"];

        var batch = await tenant.Client.RunAsync(
            "rows.jsonl", string.Join('\n', rows.Select(r => new JsonObject { ["text"] = r }.ToJsonString())), BatchCalls.Text, "mail-llm");

        Assert.Equal((2, 1), (batch.RequestCounts.Completed, batch.RequestCounts.Failed));
        Assert.Equal("content_filter", (string?)(await tenant.Client.RowsAsync(batch.ErrorFileId)).Single()["error"]!["code"]);
        var charge = Assert.Single(await tenant.ChargesAsync(Cancellation));
        Assert.Equal((2, 120), (charge.Units, charge.Charge));
        Assert.True((long)Data(charge)["cost"]! > 0);
    }

    [Theory]
    [InlineData("mail-llm")]
    [InlineData("spam-or-llm")]
    public async Task Classify_PlanRedacts_OnlyPlaceholdersLeaveWhicheverWayATextComes(string model)
    {
        using var tenant = await TestTenant.CreateAsync(service, Plan with { Redact = true });
        // The provider records each call under the id in its text.
        string Text(string way) => $"{Unsure} script: label=ham; id={model} {way} jane.doe@example.com";

        await tenant.Client.ClassifyTextAsync([Text("call")], model, 1, Cancellation);
        var prediction = await tenant.Client.CreatePredictionAsync(
            new() { Task = "text-classification", Model = model, Input = JsonInput(Text("prediction")) }, cancellation: Cancellation);
        await Eventually.ComesToAsync(
            () => tenant.Client.GetPredictionAsync(prediction.Id, Cancellation), p => p.CompletedAt is not null, "the prediction ends",
            service.Process);
        await tenant.Client.RunAsync("rows.jsonl", new JsonObject { ["text"] = Text("batch") }.ToJsonString(), BatchCalls.Text, model);

        Assert.Equal(
            [$"{model} batch [EMAIL_1]", $"{model} call [EMAIL_1]", $"{model} prediction [EMAIL_1]"],
            service.Provider.Emissions.All.Select(e => e.Id).Where(i => i.StartsWith(model + " ", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Publish_LargeModel_SaysWhatWasNotCheckedAndWhatItIs()
    {
        var configured = await service.PublishAsync(LabelingService.Mail("mail-checked"));
        var other = await service.PublishAsync(LabelingService.Mail("mail-elsewhere", model: "not-here"));

        Assert.Null(configured.Note);
        Assert.Contains("no large model 'not-here'", other.Note, StringComparison.Ordinal);
        var details = await service.Client.GetModelAsync("mail-elsewhere", cancellation: Cancellation);
        Assert.Equal(("openai", 0, null), (details.Backend, details.Inputs.Count, details.Versions.Single().Sha256));
        Assert.Equal(["spam", "ham"], details.Labels);
        Assert.Equal("mail-llm", (await service.Client.GetModelAsync("spam-or-llm", cancellation: Cancellation)).Fallback!.Model);
        using var call = await service.Http.PostAsJsonAsync(
            "v1/text/classify", new { input = "a", model = "mail-elsewhere" }, Cancellation);
        await Problems.AssertAsync(call, 503, "large_model_not_configured", null);
    }

    [Fact]
    public async Task Delete_ModelThatIsAFallback_IsRefused()
    {
        using var response =
            await new HttpClient { BaseAddress = service.Process.Address, DefaultRequestHeaders = { { "x-api-key", Service.OperatorKey } } }
            .DeleteAsync("manage/v1/models/mail-llm/versions/1", Cancellation);

        Assert.Equal(409, (int)response.StatusCode);
    }

    private static JsonNode Data(WrittenCharge charge) => JsonNode.Parse(charge.Line)!["data"]!;

    private static System.Text.Json.JsonElement JsonInput(string text) =>
        System.Text.Json.JsonSerializer.SerializeToElement(new { input = text });
}
