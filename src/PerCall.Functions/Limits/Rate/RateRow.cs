using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Budget;

namespace PerCall.Functions.Limits.Rate;

/// <summary>An instance's report and request.</summary>
/// <param name="GrantedIn">The second in which the instance's permits are currently counted, in the row's time.</param>
/// <param name="Spent">Permits spent since the last exchange, by second in the row's time.</param>
/// <param name="Kept">Permits that the instance keeps.</param>
/// <param name="Returned">Permits that the instance returns.</param>
/// <param name="Wanted">Permits that the instance wants to hold.</param>
public sealed record RateReport(long GrantedIn, IReadOnlyDictionary<long, int> Spent, int Kept, int Returned, int Wanted);

/// <summary>The answer to a report.</summary>
/// <param name="Granted">Permits in addition to those kept.</param>
/// <param name="Remaining">Permits that no instance holds or has spent.</param>
/// <param name="Now">The current second, in the row's time.</param>
/// <param name="NextFree">When the oldest permit leaves the window, in the row's time.</param>
public readonly record struct RateGrant(int Granted, int Remaining, long Now, long? NextFree);

/// <summary>An account's row <c>rate</c>: the window that all instances share, updated with ETags.</summary>
public sealed class RateRow(LimitsTable table, string account, TimeProvider time)
{
    public const string Key = "rate";
    private const string Column = "Window";
    private const int MaxTries = 60;

    // The row as this instance last wrote it. An instance that is alone need not read it.
    private (string Text, ETag ETag)? _known;

    /// <exception cref="RequestFailedException">Storage is unavailable; it is unknown whether the row was changed.</exception>
    public async Task<RateGrant> ExchangeAsync(RateReport report, int quota, CancellationToken cancellation)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (_known is null || tries > 0)
            {
                _known = await ReadAsync(cancellation);
            }

            var window = RateWindow.Parse(_known?.Text);
            var grant = Apply(window, report, quota);
            if (grant.Granted == 0 && report is { Kept: 0, Returned: 0, Spent.Count: 0 })
            {
                if (tries == 0)
                {
                    // The known row may be old, and without a write this would go unnoticed.
                    continue;
                }

                return grant;
            }

            var entity = new TableEntity(account, Key) { [Column] = window.ToString() };
            var etag = _known?.ETag;
            _known = null;
            if (await table.TryWriteAsync(entity, etag, cancellation) is { } written)
            {
                _known = (window.ToString(), written);
                return grant;
            }
        }

        throw new RequestFailedException(503, $"{MaxTries} updates of the row {Key} conflicted with other updates.");
    }

    private async Task<(string, ETag)?> ReadAsync(CancellationToken cancellation) =>
        await table.FindAsync(account, Key, cancellation) is { } row ? (row.GetString(Column) ?? "", row.ETag) : null;

    private RateGrant Apply(RateWindow window, RateReport report, int quota)
    {
        window.AdvanceTo(time.GetUtcNow().ToUnixTimeSeconds());
        window.Add(report.GrantedIn, -(report.Kept + report.Returned + report.Spent.Values.Sum()));
        foreach (var (second, permits) in report.Spent)
        {
            window.Add(Math.Min(second, window.Newest), permits);
        }

        window.Add(window.Newest, report.Kept);
        var remaining = Math.Max(0, quota - window.Granted);
        // At most a quarter of what remains, so that other instances get some and the last permits are granted one at a time.
        var most = Math.Min(remaining, Math.Max(1, remaining / 4));
        var granted = Math.Clamp(report.Wanted - report.Kept, 0, most);
        window.Add(window.Newest, granted);
        return new(granted, remaining - granted, window.Newest, window.NextFree());
    }
}
