using PerCall.Client.Wire;
using PerCall.Functions.Pricing;

namespace PerCall.Functions.Tenancy.Plans;

/// <summary>A plan with all its versions.</summary>
public sealed class PlanHistory(string id, IReadOnlyList<PlanVersion> versions)
{
    private readonly (DateTimeOffset EffectiveAt, PlanTerms Terms)[] _byTime =
        [.. versions.OrderByDescending(v => v.EffectiveAt).ThenByDescending(v => v.Version).Select(v => (v.EffectiveAt, TermsOf(id, v)))];

    public string Id => id;

    /// <summary>Whether the plan is deleted or being deleted. It can no longer be assigned to a tenant.</summary>
    public bool IsMarked { get; init; }

    /// <summary>Whether the plan is deleted. The operator no longer sees it.</summary>
    public bool IsDeleted { get; init; }

    public string Currency => versions[0].Currency;

    /// <summary>The versions by number, starting at 1.</summary>
    public IReadOnlyList<PlanVersion> Versions => versions;

    /// <summary>
    /// Returns the version that took effect last; of two with the same time, the one created later. There is always one, because an
    /// instance's clock may be behind the clock of the instance that created the first version.
    /// </summary>
    public PlanTerms At(DateTimeOffset time)
    {
        foreach (var (effectiveAt, terms) in _byTime)
        {
            if (effectiveAt <= time)
            {
                return terms;
            }
        }

        return _byTime[^1].Terms;
    }

    /// <summary>Returns a version by its number; null when it does not exist.</summary>
    public PlanTerms? Find(int version) => versions.FirstOrDefault(v => v.Version == version) is { } found ? TermsOf(id, found) : null;

    public Plan ToWire(DateTimeOffset now) => new(id, Currency, At(now).Version, versions);

    public PlanSummary ToSummary(DateTimeOffset now) => new(id, Currency, At(now).Version, versions.Count);

    private static PlanTerms TermsOf(string id, PlanVersion version) => new()
    {
        Plan = id,
        Version = version.Version,
        Currency = version.Currency,
        RequestsPerMinute = version.RequestsPerMinute,
        TokensPerMinute = version.TokensPerMinute,
        ConcurrentCalls = version.ConcurrentCalls,
        MaxOutputTokens = version.MaxOutputTokens,
        Redact = version.Redact,
        MonthlyBudget = version.MonthlyBudget,
        FreeUnits = version.FreeUnits,
        Prices = [.. version.Prices.Select(p => new Price(p.Operation!, p.Model!, p.Unit!, p.Price!.Value, p.Per ?? 1))],
    };
}
