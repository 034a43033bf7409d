using System.Text.Json.Nodes;
using PerCall.EndToEnd.Charging;
using PerCall.EndToEnd.LargeModels;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>A service whose large model is at a stand-in provider.</summary>
public sealed class CallBatchService : ChatModelService;

/// <summary>Batches of chat completions by OpenAI's own client for Node.js, unchanged.</summary>
public sealed class CallBatchTests(CallBatchService service) : IClassFixture<CallBatchService>
{
    private const int Rows = 12;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_ThatOrdersChatCompletions_GetsThemAndPaysTheirTokens()
    {
        using var tenant = await TestTenant.CreateAsync(
            service,
            TestTenant.Plan with
            {
                MonthlyBudget = 1_000_000,
                Prices = [new("openai", "*", "token_in", 2), new("openai", "*", "token_out", 3)],
            });
        string[] rows =
        [
            .. Enumerable.Range(0, Rows).Select(i => Row(i, "tokens=5; in=20")),
            Row(Rows, "status=400"),
        ];

        var seen = await OpenAiClient.RunAsync(service.Process.Address, tenant.Key.Key, "run", rows, BatchCalls.Chat);

        Assert.Equal("completed", (string?)seen["batch"]!["status"]);
        Assert.Equal("""{"total":13,"completed":12,"failed":1}""", seen["batch"]!["request_counts"]!.ToJsonString());
        var output = Lines(seen["output"]);
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => $"row-{i}"), output.Select(o => (string?)o["custom_id"]));
        Assert.All(output, o =>
        {
            var body = o["response"]!["body"]!;
            Assert.Equal(5, (int)body["usage"]!["completion_tokens"]!);
            Assert.True((bool)body["percall"]!["ai_generated"]!);
        });
        Assert.Equal($"row-{Rows}", (string?)Assert.Single(Lines(seen["errors"]))["custom_id"]);
        var charges = await tenant.ChargesAsync(Cancellation);
        Assert.Equal(
            [(Rows * 20L, Rows * 20L * 2), (Rows * 5L, Rows * 5L * 3)], charges.Select(c => (c.Units, c.Charge)));
    }

    private static string Row(int number, string script) =>
        BatchCalls.ChatRow($"row-{number}", $"Hello {number}. script: id=batch-{number}; {script}");

    private static List<JsonNode> Lines(JsonNode? content) =>
        [.. ((string?)content ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];
}
