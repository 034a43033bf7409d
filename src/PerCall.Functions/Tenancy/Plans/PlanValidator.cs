using System.Globalization;
using System.Text.RegularExpressions;
using PerCall.Client.Wire;
using PerCall.Functions.Pricing;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Tenancy.Plans;

/// <summary>Validates a plan and reports all errors at once.</summary>
public sealed partial class PlanValidator(Operations operations)
{
    public const int MaxPrices = 500;
    private const string Any = "*";

    // One price is at most 10^12: a call with a million units of it still fits into 64 bits.
    private const long MaxAmount = 1_000_000_000_000;
    private const long MaxBudget = 1_000_000_000_000_000;
    private const long MaxFreeUnits = 1_000_000_000_000;
    private const long MaxPer = 1_000_000_000;
    private const int MaxRequests = 1_000_000;
    private const int MaxConcurrent = 10_000;
    private const int MaxTokens = 1_000_000_000;
    private const int MaxOutput = 10_000_000;

    private readonly List<string> _units = [.. operations.All.SelectMany(o => o.Units).Distinct()];

    private readonly List<ProblemFault> _faults = [];

    public static IReadOnlyList<ProblemFault> FaultsOf(PutPlanRequest request, Operations operations)
    {
        var validator = new PlanValidator(operations);
        validator.Check(request);
        return validator._faults;
    }

    private void Check(PutPlanRequest request)
    {
        Require(
            request.Currency is { } currency && Currency().IsMatch(currency), "currency",
            "is missing or invalid; expected three capital letters (ISO 4217), for example EUR.");
        RequireRange(request.RequestsPerMinute, 1, MaxRequests, "requests_per_minute");
        RequireRange(request.TokensPerMinute, 1, MaxTokens, "tokens_per_minute");
        RequireRange(request.ConcurrentCalls, 1, MaxConcurrent, "concurrent_calls");
        RequireRange(request.MaxOutputTokens, 1, MaxOutput, "max_output_tokens");
        RequireRange(request.MonthlyBudget, 0, MaxBudget, "monthly_budget");
        foreach (var (unit, count) in request.FreeUnits ?? new Dictionary<string, long>())
        {
            var where = $"free_units.{Requests.Page.Short(unit)}";
            Require(_units.Contains(unit), where, $"is not a unit; allowed: {string.Join(", ", _units)}.");
            RequireRange(count, 0, MaxFreeUnits, where);
        }

        if (request.Prices is not { Count: >= 1 and <= MaxPrices } prices)
        {
            Require(false, "prices", $"has {request.Prices?.Count ?? 0} prices; allowed: 1 to {MaxPrices}.");
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
                Require(
                    false, where, $"has the same operation, model and unit as prices[{seen[(price.Operation, price.Model, price.Unit)]}].");
            }
        }
    }

    private void Check(PlanPrice price, string where)
    {
        var operation = price.Operation ?? "";
        var own = operations.All.FirstOrDefault(o => o.Name == operation)?.Units;
        Require(
            own is not null || operation == Any,
            $"{where}.operation",
            $"is '{Requests.Page.Short(operation)}'; allowed: {string.Join(", ", operations.All.Select(o => o.Name))}, *.");
        Require(
            price.Model is { } model && (model == Any || ModelNames.IsName(model)), $"{where}.model",
            "is missing or invalid; allowed: the name of a model, or * for all models.");
        if (Require(
            price.Unit is { } unit && _units.Contains(unit), $"{where}.unit",
            $"is '{Requests.Page.Short(price.Unit ?? "")}'; allowed: {string.Join(", ", _units)}.") && own is not null)
        {
            Require(
                own.Contains(price.Unit), $"{where}.unit",
                $"is '{price.Unit}', but {operation} is counted in '{string.Join("', '", own)}'.");
        }

        Require(price.Price is not null, $"{where}.price", "is missing; expected an amount in micro-units of the currency.");
        RequireRange(price.Price, 0, MaxAmount, $"{where}.price");
        RequireRange(price.Per, 1, MaxPer, $"{where}.per");
    }

    private void RequireRange(long? value, long least, long most, string where) =>
        Require(
            value is null || (value >= least && value <= most), where,
            string.Create(CultureInfo.InvariantCulture, $"is {value}; allowed: {least} to {most}."));

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
