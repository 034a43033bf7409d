using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Budget;

namespace PerCall.Functions.Limits.Rate;

/// <summary>What an instance tells and asks.</summary>
/// <param name="GrantedIn">The second in which its permits are counted until now, in the row's time.</param>
/// <param name="Spent">Permits spent since the last exchange, by second in the row's time.</param>
/// <param name="Kept">Permits that it goes on holding.</param>
/// <param name="Returned">Permits that it gives back.</param>
/// <param name="Wanted">Permits that it would like to hold.</param>
public sealed record RateReport(long GrantedIn, IReadOnlyDictionary<long, int> Spent, int Kept, int Returned, int Wanted);

/// <summary>What it got.</summary>
/// <param name="Granted">Permits in addition to those kept.</param>
/// <param name="Remaining">Permits that nobody holds or has spent.</param>
/// <param name="Now">The second in the row's time.</param>
/// <param name="NextFree">When the oldest permit leaves the window, in the row's time.</param>
public readonly record struct RateGrant(int Granted, int Remaining, long Now, long? NextFree);

/// <summary>An account's row <c>rate</c>: the window that all instances share, changed by ETag.</summary>
public sealed class RateRow(LimitsTable table, string account, TimeProvider time)
{
    public const string Key = "rate";
    private const string Column = "Window";
    private const int MaxTries = 60;

    // As this instance has written it last; one that is busy alone need not read.
    private (string Text, ETag ETag)? _known;

    /// <exception cref="RequestFailedException">Storage does not answer; whether the row was changed is not known.</exception>
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
                    // What is known may be old, and nothing is written that would show it.
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
        // A quarter of what remains at most, so that the others find some, and the last permits go one by one.
        var most = Math.Min(remaining, Math.Max(1, remaining / 4));
        var granted = Math.Clamp(report.Wanted - report.Kept, 0, most);
        window.Add(window.Newest, granted);
        return new(granted, remaining - granted, window.Newest, window.NextFree());
    }
}
