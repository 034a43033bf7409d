using PerCall.Functions.Metering.RollUp;

namespace PerCall.Functions.Metering.Usage;

/// <summary>An account's usage at one point in time.</summary>
/// <param name="Rows">The counts, including those of journal lines that are not in the table yet.</param>
/// <param name="Watermark">The hour before which every journal was counted into the table.</param>
/// <param name="Ends">The position up to which each journal from that hour on was read.</param>
public sealed record UsageSnapshot(
    IReadOnlyDictionary<UsageKey, UsageCounts> Rows, string Watermark, IReadOnlyDictionary<string, long> Ends);
