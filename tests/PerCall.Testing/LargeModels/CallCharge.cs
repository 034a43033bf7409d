using PerCall.Testing.Charges;

namespace PerCall.Testing.LargeModels;

/// <summary>All that was charged for one call, corrections included.</summary>
/// <param name="Id">The id of the first event.</param>
/// <param name="Model">The model.</param>
/// <param name="Units">The sum of each unit; units with the sum 0 are left out.</param>
/// <param name="Charges">The sum of micro-units of each unit; units with the sum 0 are left out.</param>
/// <param name="Basis">The basis of the last event.</param>
/// <param name="Cost">The sum of what the provider bills.</param>
public sealed record CallCharge(
    string Id, string Model, IReadOnlyDictionary<string, long> Units, IReadOnlyDictionary<string, long> Charges, string? Basis, long Cost)
{
    public long In => Units.GetValueOrDefault("token_in");

    public long Cached => Units.GetValueOrDefault("token_in_cached");

    public long Out => Units.GetValueOrDefault("token_out");

    public long Seconds => Units.GetValueOrDefault("audio_second");

    public long Charge => Charges.Values.Sum();

    /// <summary>Adds up the events of each call. Calls whose events cancel each other out are left out.</summary>
    /// <param name="events">Events in the order of the journal.</param>
    public static IReadOnlyList<CallCharge> From(IEnumerable<WrittenCharge> events)
    {
        var all = events.ToList();
        var first = all.ToDictionary(e => e.Id, e => e.Of ?? e.Id, StringComparer.Ordinal);
        // A void names the event that it takes back, which belongs to a call.
        string CallOf(WrittenCharge e) => e.Voids is { } voided && first.TryGetValue(voided, out var call) ? call : e.Of ?? e.Id;
        return
        [
            .. all.GroupBy(CallOf, StringComparer.Ordinal).Select(From).Where(c => c.Units.Count > 0 || c.Charges.Count > 0),
        ];
    }

    public override string ToString() =>
        $"{Id} of {Model}: {string.Join(", ", Units.Select(u => $"{u.Value} {u.Key}"))}, {Charge} micro-units, {Basis}";

    private static CallCharge From(IGrouping<string, WrittenCharge> events) => new(
        events.Key,
        events.First().Model,
        Sums(events, e => e.Units),
        Sums(events, e => e.Charge),
        events.Last().Basis,
        events.Sum(e => e.Cost ?? 0));

    private static Dictionary<string, long> Sums(IEnumerable<WrittenCharge> events, Func<WrittenCharge, long> part) =>
        events.GroupBy(e => e.Unit, StringComparer.Ordinal).Select(g => (g.Key, Sum: g.Sum(part))).Where(u => u.Sum != 0)
            .ToDictionary(u => u.Key, u => u.Sum, StringComparer.Ordinal);
}
