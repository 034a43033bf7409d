using Azure;
using Azure.Data.Tables;
using PerCall.Functions.Budget;

namespace PerCall.Functions.Limits.Rate;

/// <summary>An account's row of one rate: the window that all instances share, updated with ETags.</summary>
/// <param name="table">The table.</param>
/// <param name="account">The account.</param>
/// <param name="time">The clock.</param>
/// <param name="key">The row's key.</param>
/// <param name="hold">Seconds for which permits count longer while their spending is not reported, see <see cref="RateWindow"/>.</param>
public sealed class RateRow(LimitsTable table, string account, TimeProvider time, string key = RateRow.Requests, int hold = 0)
{
    /// <summary>The key of the row for requests.</summary>
    public const string Requests = "rate";

    /// <summary>The key of the row for tokens.</summary>
    public const string Tokens = "rate-tokens";

    private const string Column = "Window";
    private const string ClaimsColumn = "Claims";
    private const int MaxTries = 60;

    // The row as this instance last wrote it. An instance that is alone need not read it.
    private (string Window, string? Claims, ETag ETag)? _known;

    public static RateRow OfTokens(LimitsTable table, string account, TimeProvider time) =>
        new(table, account, time, Tokens, LeasedRateLimiter.HoldSeconds);

    /// <exception cref="RequestFailedException">Storage is unavailable; it is unknown whether the row was changed.</exception>
    public async Task<RateGrant> ExchangeAsync(RateReport report, long quota, CancellationToken cancellation)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (_known is null || tries > 0)
            {
                _known = await ReadAsync(cancellation);
            }

            var rate = new SharedRate(RateWindow.Parse(_known?.Window, hold), RateClaims.Parse(_known?.Claims));
            var grant = rate.Apply(report, quota, time.GetUtcNow().ToUnixTimeSeconds());
            if (grant.Granted == 0 && report.IsEmpty && !grant.Served.Contains(true) && !rate.Claims.IsChanged)
            {
                if (tries == 0)
                {
                    // The known row may be old, and without a write this would go unnoticed.
                    continue;
                }

                return grant;
            }

            var entity = new TableEntity(account, key) { [Column] = rate.Window.ToString() };
            var claims = rate.Claims.First > 0 ? rate.Claims.ToString() : null;
            if (claims is not null)
            {
                entity[ClaimsColumn] = claims;
            }

            var etag = _known?.ETag;
            _known = null;
            if (await table.TryWriteAsync(entity, etag, cancellation) is { } written)
            {
                _known = (rate.Window.ToString(), claims, written);
                return grant;
            }
        }

        throw new RequestFailedException(503, $"{MaxTries} updates of the row {key} conflicted with other updates.");
    }

    private async Task<(string, string?, ETag)?> ReadAsync(CancellationToken cancellation) =>
        await table.FindAsync(account, key, cancellation) is { } row
            ? (row.GetString(Column) ?? "", row.GetString(ClaimsColumn), row.ETag)
            : null;
}
