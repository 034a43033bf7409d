namespace PerCall.Functions.Limits.Rate;

/// <summary>An instance's report and request.</summary>
/// <param name="GrantedIn">The second in which the instance's permits are currently counted, in the row's time.</param>
/// <param name="Spent">Permits spent since the last exchange, by second in the row's time.</param>
/// <param name="Kept">Permits that the instance keeps.</param>
/// <param name="Returned">Permits that the instance returns.</param>
/// <param name="Wanted">Permits that the instance wants to hold.</param>
public sealed record RateReport(long GrantedIn, IReadOnlyDictionary<long, long> Spent, long Kept, long Returned, long Wanted)
{
    /// <summary>Permits that were spent and reported, and then not used, by the second of their spending.</summary>
    public IReadOnlyDictionary<long, long> Refunds { get; init; } = EmptyRefunds;

    /// <summary>Permits of each call that waits for this exchange, if they are more than one. Oldest first.</summary>
    public IReadOnlyList<long> Calls { get; init; } = [];

    /// <summary>Permits of calls of more than one permit that the instance has refused since the last exchange.</summary>
    public IReadOnlyList<long> Refused { get; init; } = [];

    /// <summary>Whether the report changes nothing in the window.</summary>
    public bool IsEmpty => this is { Kept: 0, Returned: 0, Spent.Count: 0, Refunds.Count: 0 };

    private static Dictionary<long, long> EmptyRefunds { get; } = [];
}

/// <summary>The answer to a report.</summary>
/// <param name="Granted">Permits in addition to those kept and to those of the calls.</param>
/// <param name="Total">Permits that no instance holds or has spent.</param>
/// <param name="Reserved">Permits that are reserved for the first refused call.</param>
/// <param name="First">Permits of the call for which they are reserved; 0: none are.</param>
/// <param name="Served">For each call of the report, whether its permits were granted.</param>
/// <param name="Window">The window after this grant. It must not be changed.</param>
public readonly record struct RateGrant(
    long Granted, long Total, long Reserved, long First, IReadOnlyList<bool> Served, RateWindow? Window)
{
    /// <summary>Permits that any call may have.</summary>
    public long Remaining => Math.Max(0, Total - Reserved);

    /// <summary>The current second, in the row's time.</summary>
    public long Now => Window?.Now ?? 0;

    /// <summary>The second in which the granted permits are counted until their spending is reported.</summary>
    public long GrantedIn => Window?.Newest ?? 0;

    /// <summary>Returns the permits that a call of this size may have.</summary>
    public long RoomFor(long permits) => permits == First ? Total : Remaining;
}

/// <summary>The content of an account's row: what all instances hold and have spent, and the calls that wait for permits.</summary>
public sealed class SharedRate(RateWindow window, RateClaims claims)
{
    /// <summary>Seconds by which a refused caller may come later than its refusal said.</summary>
    private const int Late = 10;

    public RateWindow Window => window;

    public RateClaims Claims => claims;

    public RateGrant Apply(RateReport report, long quota, long second)
    {
        window.AdvanceTo(second);
        window.Add(report.GrantedIn, -(report.Kept + report.Returned + report.Spent.Values.Sum()));
        foreach (var (spentIn, permits) in report.Spent)
        {
            window.Add(Math.Min(spentIn, window.Newest), permits);
        }

        foreach (var (spentIn, permits) in report.Refunds)
        {
            window.Add(Math.Min(spentIn, window.Newest), -permits);
        }

        window.Add(window.Newest, report.Kept);
        claims.Expire(window.Now, quota);
        foreach (var size in report.Refused)
        {
            Claim(size, quota);
        }

        var served = Serve(report.Calls, quota, out var total);
        var reserved = claims.Reserved(window.Now);
        var remaining = Math.Max(0, total - reserved);
        // At most a quarter of what remains, so that other instances get some and the last permits are granted one at a time.
        var most = Math.Min(remaining, Math.Max(1, remaining / 4));
        var granted = Math.Clamp(report.Wanted - report.Kept - report.Calls.Where((_, i) => served[i]).Sum(), 0, most);
        window.Add(window.Newest, granted);
        return new(granted, total - granted, reserved, claims.First, served, window);
    }

    /// <summary>Grants each call all of its permits, or claims them for later.</summary>
    private bool[] Serve(IReadOnlyList<long> calls, long quota, out long total)
    {
        total = Math.Max(0, quota - window.Granted);
        var served = new bool[calls.Count];
        foreach (var (index, size) in calls.Index())
        {
            served[index] = size <= (size == claims.First ? total : total - claims.Reserved(window.Now));
            if (served[index])
            {
                window.Add(window.Newest, size);
                total -= size;
                claims.Remove(size, window.Now);
            }
            else
            {
                Claim(size, quota);
            }
        }

        return served;
    }

    private void Claim(long size, long quota)
    {
        if (RateClaims.IsFor(size, quota))
        {
            var free = window.FreeAt(size - Math.Max(0, quota - window.Granted)) ?? window.Now + RateWindow.Seconds;
            claims.Renew(size, Math.Max(free, window.Now) + Late, window.Now);
        }
    }
}
