using PerCall.Functions.Journal;
using PerCall.Functions.Pricing;
using PerCall.Functions.Predictions;
using PerCall.Functions.Text;
using Xunit;

namespace PerCall.Functions.Tests.Predictions;

public sealed class PredictionRowTests
{
    [Fact]
    public void Intent_OfAnEarlierRun_IsNotThatOfTheNext()
    {
        var row = new PredictionRow { Id = "prd_1", Progress = PredictionState.Processing };
        Assert.Null(row.Intent);
        var intent = new ChargeIntent(row.Id, new("generation", "2026/03/01/10/generation-00000.jsonl", 17));

        row.MarkAnswered(intent, Charge(row.Id));

        Assert.Equal((PredictionState.Answered, 4500L, 3L), (row.Progress, row.Cost, row.Units));
        Assert.Equal(intent, row.Intent);
        // It could not be charged, and another run has claimed it.
        row.Progress = PredictionState.Processing;
        Assert.Null(row.Intent);
    }

    private static UsageEvent Charge(string id) => new()
    {
        Id = id,
        Time = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero),
        Account = "acc",
        Key = "key",
        Operation = TextOperations.Classify.Name,
        Model = "spam",
        ModelVersion = "1",
        Units = 3,
        FreeUnits = 0,
        Price = new Price(TextOperations.Classify.Name, "*", "text", 1500),
        Plan = "basic",
        PlanVersion = 1,
        Currency = "EUR",
        Charge = 4500,
        Lease = 1,
    };
}
