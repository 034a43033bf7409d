using PerCall.Functions.Metering.RollUp;

namespace PerCall.Functions.Metering.Usage;

/// <summary>An account's usage as it stood at one time.</summary>
/// <param name="Rows">What was counted, the journals' tails included.</param>
/// <param name="Watermark">The hour before which every journal had been counted into the table.</param>
/// <param name="Ends">How far each journal from that hour on was read.</param>
public sealed record UsageSnapshot(
    IReadOnlyDictionary<UsageKey, UsageCounts> Rows, string Watermark, IReadOnlyDictionary<string, long> Ends);
