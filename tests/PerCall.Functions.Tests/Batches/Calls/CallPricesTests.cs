using FsCheck;
using FsCheck.Fluent;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Budget;
using PerCall.Functions.Pricing;
using PerCall.LargeModels;
using PerCall.LargeModels.Routes;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Calls;

public sealed class CallPricesTests
{
    [Fact]
    public void Units_PlanWithoutAPriceOfCachedTokens_ChargesThemAsOthers()
    {
        var plan = Plan(new("openai", "*", "token_in", 2), new("openai", "*", "token_out", 3));

        var units = CallPrices.Units(plan, new(10, 5, 7, 0, 0)).Select(u => (u.Price.Unit, u.Units));

        Assert.Equal([("token_in", 15L), ("token_out", 7L)], units);
    }

    [Fact]
    public void Charge_AnyTokens_IsAtMostWhatIsHeld() => Prop.ForAll(
        Gen.Choose(0, 1_000_000).ArrayOf(8).ToArbitrary(),
        n =>
        {
            var plan = Plan(
                new("openai", "*", "token_in", n[0] % 50, (n[1] % 1000) + 1), new("openai", "*", "token_in_cached", n[2] % 50, 7),
                new("openai", "*", "token_out", n[3] % 50, 3)) with
            {
                Bounds = new(0, n[4] % 10_000, n[5] % 10_000),
            };
            var terms = new PlanTerms { Plan = "p", Version = 1, Currency = "EUR", Prices = plan.Prices, MonthlyBudget = long.MaxValue };
            var tokens = new CallTokens(n[6] % 20_000, n[7] % 20_000, n[6] % 20_000, 0, 0);
            var lines = CallPrices.Lines(plan, plan.Bounds);
            var held = lines.Count == 0 ? 0 : new Want(terms, lines).MoneyBeside(new long[lines.Sum(l => l.Prices.Count)]);

            var charge = CallPrices.Units(plan, tokens).Sum(u => u.Price.Of(u.Units));

            return charge <= held;
        }).QuickCheckThrowOnFailure();

    private static CallPlan Plan(params Price[] prices) => new()
    {
        Endpoint = LargeModelEndpoint.ChatCompletions,
        Tokenizer = TokenizerKind.Utf8Bytes,
        ContextTokens = 1000,
        MaxOutputTokens = 100,
        OutputField = "max_tokens",
        MaxImageBytes = 1000,
        Prices = prices,
        Bounds = new(100, 100, 100),
    };
}
