using PerCall.Client.Wire;
using PerCall.StandIn;

namespace PerCall.Testing.LargeModels;

/// <summary>A large model of the tests, with its prices in micro-units.</summary>
/// <param name="Name">The public name.</param>
/// <param name="In">Price of <paramref name="Per"/> tokens of the prompt.</param>
/// <param name="Cached">Price of <paramref name="Per"/> cached tokens; null: the plan has no price for them.</param>
/// <param name="Out">Price of <paramref name="Per"/> generated tokens.</param>
/// <param name="Second">Price of <paramref name="Per"/> seconds of audio.</param>
/// <param name="Per">Number of units that the prices are for.</param>
/// <param name="Endpoints">The calls that it answers, as the settings name them.</param>
/// <param name="Deployments">The names of its deployments.</param>
public sealed record StandInModel(
    string Name, long In, long? Cached, long Out, long Second, long Per, string Endpoints, params IReadOnlyList<string> Deployments)
{
    private const string Operation = "openai";

    /// <summary>The prices in a plan.</summary>
    public IEnumerable<PlanPrice> Prices
    {
        get
        {
            yield return new(Operation, Name, "token_in", In, Per);
            yield return new(Operation, Name, "token_out", Out, Per);
            yield return new(Operation, Name, "audio_second", Second, Per);
            if (Cached is { } cached)
            {
                yield return new(Operation, Name, "token_in_cached", cached, Per);
            }
        }
    }

    /// <summary>The price of so many units in micro-units, rounded up.</summary>
    public long PriceOf(string unit, long units) => ((units * unit switch
    {
        "token_in" => In,
        "token_in_cached" => Cached ?? In,
        "token_out" => Out,
        "audio_second" => Second,
        _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "Not a unit of large models."),
    }) + Per - 1) / Per;
}

/// <summary>The large models of the tests: their deployments are at a stand-in provider.</summary>
public static class StandInModels
{
    /// <summary>Two deployments that do what the script says, with different address forms.</summary>
    public static readonly StandInModel Steady = new("steady", 3, 1, 7, 11, 1, "chat,responses", "steady-a", "steady-b");

    /// <summary>Prices per 1,000, so that amounts are rounded; no price for cached tokens.</summary>
    public static readonly StandInModel Rounded = new("rounded", 2501, null, 10_007, 11, 1000, "chat,responses", "rounded");

    /// <summary>Scripts break its first deployment.</summary>
    public static readonly StandInModel Shaky = new("shaky", 3, 1, 7, 11, 1, "chat,responses", "shaky-a", "shaky-b");

    /// <summary>Scripts break its answers, or refuse a call. Neither is a failure of its deployment, which keeps getting calls.</summary>
    public static readonly StandInModel Broken = new("broken", 3, 1, 7, 11, 1, "chat,responses", "broken");

    /// <summary>Scripts let its only deployment fail before an answer, so that it gets no calls for a while.</summary>
    public static readonly StandInModel Failing = new("failing", 3, 1, 7, 11, 1, "chat,responses", "failing");

    /// <summary>Single tests let its only deployment limit the rate.</summary>
    public static readonly StandInModel Limited = new("limited", 3, 1, 7, 11, 1, "chat,responses", "limited");

    /// <summary>Single tests let its only deployment fail.</summary>
    public static readonly StandInModel Down = new("down", 3, 1, 7, 11, 1, "chat,responses", "down");

    public static readonly StandInModel Vectors = new("vectors", 5, null, 1, 11, 3, "embeddings", "vectors");

    public static readonly StandInModel Speech = new("speech", 2, null, 3, 11, 1, "transcriptions", "speech");

    public static readonly StandInModel Guard = new("guard", 1, null, 0, 0, 1, "moderations", "guard");

    /// <summary>An output token costs one micro-unit, and nothing else costs anything: it spends what is left of a budget.</summary>
    public static readonly StandInModel Fill = new("fill", 0, 0, 1, 0, 1, "chat", "fill");

    public static IReadOnlyList<StandInModel> All { get; } =
        [Steady, Rounded, Shaky, Broken, Failing, Limited, Down, Vectors, Speech, Guard, Fill];

    /// <summary>Maximum output tokens of one call of <see cref="Fill"/>.</summary>
    public const int MaxFill = 90_000_000;

    public static StandInModel Find(string name) => All.First(m => m.Name == name);

    /// <summary>The service's settings.</summary>
    /// <param name="provider">The stand-in's address.</param>
    public static IEnumerable<(string Name, string? Value)> Settings(Uri provider)
    {
        const string Section = "PerCall__OpenAI__";
        yield return ($"{Section}FirstTokenSeconds", "5");
        yield return ($"{Section}AnswerSeconds", "5");
        yield return ($"{Section}SilenceSeconds", "3");
        foreach (var model in All)
        {
            var at = $"{Section}Models__{model.Name}__";
            yield return ($"{at}Tokenizer", "o200k_base");
            yield return ($"{at}Endpoints", model.Endpoints);
            yield return ($"{at}ContextTokens", model == Fill ? "100000000" : "100000");
            yield return ($"{at}MaxOutputTokens", model == Fill ? $"{MaxFill}" : "2000");
            for (var i = 0; i < model.Deployments.Count; i++)
            {
                yield return ($"{at}Deployments__{i}__Deployment", model.Deployments[i]);
                yield return ($"{at}Deployments__{i}__ConcurrentCalls", "1000");
                yield return ($"{at}Deployments__{i}__Prices__In", "1000000");
                yield return ($"{at}Deployments__{i}__Prices__Out", "2000000");
                // The second deployment has Azure's address form.
                yield return ($"{at}Deployments__{i}__Kind", i == 0 ? "openai" : "azure");
                yield return ($"{at}Deployments__{i}__ApiKey", "for-tests-only");
                yield return ($"{at}Deployments__{i}__Endpoint", new Uri(provider, i == 0 ? "v1" : "").ToString());
            }
        }
    }

    /// <summary>A plan with the prices of all models.</summary>
    public static PutPlanRequest Plan(long? budget) =>
        new() { Currency = "EUR", MonthlyBudget = budget, Prices = [.. All.SelectMany(m => m.Prices)] };

    /// <summary>A text of so many tokens.</summary>
    public static string Text(int tokens) => Words.Text(tokens);
}
