using System.Globalization;
using System.Text.RegularExpressions;
using PerCall.Client.Wire;
using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Tenancy.Plans;

/// <summary>Finds everything that is wrong with a plan at once.</summary>
public sealed partial class PlanValidator
{
    public const int MaxPrices = 500;
    private const string Any = "*";

    // A thousand million of the currency for one price: a call of a million units of it still fits into 64 bits.
    private const long MaxAmount = 1_000_000_000_000;
    private const long MaxBudget = 1_000_000_000_000_000;
    private const long MaxFreeUnits = 1_000_000_000_000;
    private const long MaxPer = 1_000_000_000;
    private const int MaxRequests = 1_000_000;
    private const int MaxConcurrent = 10_000;

    private static readonly string[] Units = ["image", "1k_characters", "recommendation", "batch_row", "token_in", "token_out"];

    // Its units are not one, and nothing runs it yet; a plan may price it ahead.
    private static readonly string[] LaterOperations = ["openai"];

    private readonly List<ProblemFault> _faults = [];

    public static IReadOnlyList<ProblemFault> FaultsOf(PutPlanRequest request)
    {
        var validator = new PlanValidator();
        validator.Check(request);
        return validator._faults;
    }

    private void Check(PutPlanRequest request)
    {
        Require(request.Currency is { } currency && Currency().IsMatch(currency), "currency", "is missing, or not three capital letters as in ISO 4217, for example EUR.");
        RequireRange(request.RequestsPerMinute, 1, MaxRequests, "requests_per_minute");
        RequireRange(request.ConcurrentCalls, 1, MaxConcurrent, "concurrent_calls");
        RequireRange(request.MonthlyBudget, 0, MaxBudget, "monthly_budget");
        foreach (var (unit, count) in request.FreeUnits ?? new Dictionary<string, long>())
        {
            var where = $"free_units.{Requests.Page.Short(unit)}";
            Require(Units.Contains(unit), where, $"is no unit; {string.Join(", ", Units)} are.");
            RequireRange(count, 0, MaxFreeUnits, where);
        }

        if (request.Prices is not { Count: >= 1 and <= MaxPrices } prices)
        {
            Require(false, "prices", $"has {request.Prices?.Count ?? 0} prices; 1 to {MaxPrices} are allowed.");
            return;
        }

        var seen = new Dictionary<(string?, string?, string?), int>();
        foreach (var (index, price) in prices.Index())
        {
            var where = $"prices[{index}]";
            if (price is null)
            {
                Require(false, where, "is null.");
                continue;
            }

            Check(price, where);
            if (!seen.TryAdd((price.Operation, price.Model, price.Unit), index))
            {
                Require(false, where, $"is for the same operation, model and unit as prices[{seen[(price.Operation, price.Model, price.Unit)]}].");
            }
        }
    }

    private void Check(PlanPrice price, string where)
    {
        var operation = price.Operation ?? "";
        var own = Operations.Units.GetValueOrDefault(operation);
        Require(
            own is not null || operation == Any || LaterOperations.Contains(operation),
            $"{where}.operation", $"'{Requests.Page.Short(operation)}' is no operation; {string.Join(", ", Operations.Units.Keys.Concat(LaterOperations))} and * are.");
        Require(price.Model is { } model && (model == Any || ModelNames.IsName(model)), $"{where}.model", "is missing, or cannot be a model's name; * stands for all.");
        if (Require(price.Unit is { } unit && Units.Contains(unit), $"{where}.unit", $"'{Requests.Page.Short(price.Unit ?? "")}' is no unit; {string.Join(", ", Units)} are.") && own is not null)
        {
            Require(price.Unit == own, $"{where}.unit", $"is '{price.Unit}', and {operation} is counted in '{own}'.");
        }

        Require(price.Price is not null, $"{where}.price", "is missing: micro-units of the currency.");
        RequireRange(price.Price, 0, MaxAmount, $"{where}.price");
        RequireRange(price.Per, 1, MaxPer, $"{where}.per");
    }

    private void RequireRange(long? value, long least, long most, string where) =>
        Require(value is null || (value >= least && value <= most), where, string.Create(CultureInfo.InvariantCulture, $"is {value}; {least} to {most} is allowed."));

    private bool Require(bool holds, string where, string problem)
    {
        if (!holds)
        {
            _faults.Add(new(where, problem));
        }

        return holds;
    }

    [GeneratedRegex(@"^[A-Z]{3}\z")]
    private static partial Regex Currency();
}
