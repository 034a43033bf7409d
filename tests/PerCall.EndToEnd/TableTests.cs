using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Batches;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>A model of tables, published and asked as a customer does: each way gives the answers of the package's examples.</summary>
public sealed class TableTests(Service service)
{
    private const string Endpoint = "/v1/tables/predict";
    private const long Price = 3;

    private static readonly string Folder = Path.Combine(Repository.Models, "churn", "1");

    private static readonly PutPlanRequest Plan = new()
    {
        Currency = "EUR",
        Prices = [new("tables.predict", "*", "row", Price), new("batch", "*", "batch_row", TestTenant.RowPrice)],
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rows_OfEveryKindOfCall_GetTheAnswersOfTheExamplesAtTheirPrice()
    {
        var (examples, columns) = await ExamplesAsync();
        var package = PackageBuilder.FromFolder(Folder).With("name", "leavers");
        using var zip = new MemoryStream(package.Zip());
        await service.Operator.PublishModelAsync(zip, Cancellation);
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var described = await tenant.Client.GetModelAsync("leavers", Cancellation);
        Assert.Equal(columns, described.Columns!.Select(c => c.Name));
        Assert.Equal(
            ["tenure number True", "contract category True", "phone_service bool False"],
            new[] { 0, 3, 6 }.Select(i => described.Columns![i]).Select(c => $"{c.Name} {c.Type} {c.Required}"));

        var single = await tenant.Client.PredictTableAsync(
            [.. examples.Select(e => JsonElement.Parse(e["row"]!.ToJsonString()))], "leavers", topK: 1, Cancellation);

        Assert.StartsWith("tab_", single.Id, StringComparison.Ordinal);
        Assert.Equal(examples.Select(Label), single.Results.Select(r => r.Predictions![0].Label));
        Assert.All(examples.Zip(single.Results), p => Assert.Equal(Score(p.First), p.Second.Predictions![0].Score!.Value, 0.001f));
        Assert.All(single.Results, r => Assert.Single(r.Predictions!));
        Assert.Equal(
            (examples.Count, examples.Count * Price),
            ((await ChargeAsync(tenant, single.Id)).Units, (await ChargeAsync(tenant, single.Id)).Charge));

        var prediction = await tenant.Client.CreatePredictionAsync(
            new()
            {
                Task = "table-prediction",
                Model = "leavers",
                Input = JsonElement.Parse($$"""{"rows": [{{examples[0]["row"]!.ToJsonString()}}]}"""),
            },
            TimeSpan.FromSeconds(60), cancellation: Cancellation);
        Assert.Equal("succeeded", prediction.Status);
        Assert.Equal(
            Label(examples[0]),
            prediction.Output!.Value.GetProperty("results")[0].GetProperty("predictions")[0].GetProperty("label").GetString());
        Assert.Equal(Price, (await ChargeAsync(tenant, prediction.Id)).Charge);

        foreach (var member in new[] { "row", "rows" })
        {
            var lines = await tenant.Client.RunAsync(
                "rows.jsonl",
                string.Concat(examples.Select(
                    (e, i) => $$"""{"id": "r{{i}}", "{{member}}": {{(
                        member == "row" ? e["row"] : new JsonArray(e["row"]!.DeepClone()))!.ToJsonString()}}}""" + "\n")),
                Endpoint, "leavers");
            var rows = await tenant.Client.RowsAsync(lines.OutputFileId);
            Assert.Equal(examples.Select((e, i) => $"r{i} {Label(e)}"), rows.Select(
                r => $"{r["id"]} {r["result"]!["results"]![0]!["predictions"]![0]!["label"]}"));
            Assert.Equal(examples.Count * TestTenant.RowPrice, lines.Cost!.Charge);
        }

        var table = await tenant.Client.RunAsync(
            "rows.csv", $"id,{string.Join(',', columns)}\n{string.Concat(examples.Select((e, i) => Record(e, columns, i)))}r,1\n",
            Endpoint, "leavers");
        Assert.Equal(new BatchCounts(examples.Count + 1, examples.Count, 1), table.RequestCounts);
        Assert.Equal(examples.Count * TestTenant.RowPrice, table.Cost!.Charge);
        var records = (await tenant.Client.TextAsync(Assert.Single(table.Files!, f => f.Name == "output.csv").Id))
            .Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"id,{string.Join(',', columns)},label,score,value,result", records[0]);
        Assert.All(
            examples.Zip(records.Skip(1)),
            p => Assert.Contains($",{Label(p.First)},{Shown(Score(p.First))}", p.Second, StringComparison.Ordinal));
        Assert.Equal((3, 3 * examples.Count * TestTenant.RowPrice), await tenant.ChargedForBatchesAsync(Cancellation));
    }

    [Fact]
    public async Task Row_WithAWrongValue_IsNamedWithItsColumnAndCostsNothing()
    {
        var (examples, _) = await ExamplesAsync();
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var wrong = examples[1]["row"]!.DeepClone();
        wrong["contract"] = "Weekly";

        var refusal = await Assert.ThrowsAsync<PerCallException>(() => tenant.Client.PredictTableAsync(
            [.. new[] { examples[0]["row"]!, wrong }.Select(r => JsonElement.Parse(r.ToJsonString()))], "churn", 5, Cancellation));

        Assert.Equal(
            (HttpStatusCode.BadRequest, "unknown_category", "rows[1].contract"),
            (refusal.Status, refusal.Problem!.Code, refusal.Problem.Param));
        Assert.Contains("'Weekly'; allowed: Month-to-month, One year, Two year", refusal.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task Header_ThatDoesNotFitTheModel_IsRefusedBeforeAnythingIsCharged()
    {
        var (examples, columns) = await ExamplesAsync();
        using var tenant = await TestTenant.CreateAsync(service, Plan);
        var names = columns.Select(c => c == "tenure" ? "Tenure" : c).ToList();
        var file = await tenant.Client.SendAsync("rows.csv", $"id,{string.Join(',', names)}\n{Record(examples[0], columns, 0)}");

        var quoted = await Assert.ThrowsAsync<PerCallException>(() => tenant.Client.QuoteBatchAsync(
            new() { InputFileId = file.Id, Endpoint = Endpoint, Model = "churn" }, Cancellation));
        var ordered = await Assert.ThrowsAsync<PerCallException>(() => tenant.Client.CreateBatchAsync(
            new() { InputFileId = file.Id, Endpoint = Endpoint, Model = "churn" }, Cancellation));

        Assert.All(new[] { quoted, ordered }, refusal =>
        {
            Assert.Equal(("missing_column", "tenure"), (refusal.Problem!.Code, refusal.Problem.Param));
            Assert.Contains("'tenure' is missing, the model has no 'Tenure'.", refusal.Message, StringComparison.Ordinal);
        });
        Assert.Equal((0, 0), await tenant.ChargedForBatchesAsync(Cancellation));
    }

    private static async Task<(List<JsonNode> Examples, List<string> Columns)> ExamplesAsync()
    {
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, "model.json"), Cancellation))!;
        var lines = await File.ReadAllLinesAsync(Path.Combine(Folder, "golden.jsonl"), Cancellation);
        return ([.. lines.Select(l => JsonNode.Parse(l)!)], [.. manifest["table"]!["columns"]!.AsArray().Select(c => (string)c!["name"]!)]);
    }

    /// <summary>A row as a record. A column that the row does not have is an empty cell.</summary>
    private static string Record(JsonNode example, IEnumerable<string> columns, int number) =>
        $"r{number},{string.Join(',', columns.Select(c => example["row"]![c]?.ToString() ?? ""))}\n";

    /// <summary>The first digits, in which the processors agree.</summary>
    private static string Shown(float score) => score.ToString("0.000000", CultureInfo.InvariantCulture)[..4];

    private static string Label(JsonNode example) => (string)example["predictions"]![0]!["label"]!;

    private static float Score(JsonNode example) => (float)example["predictions"]![0]!["score"]!;

    private static async Task<Testing.Charges.WrittenCharge> ChargeAsync(TestTenant tenant, string id) =>
        Assert.Single(await tenant.ChargesAsync(Cancellation), c => c.Id == id);
}
