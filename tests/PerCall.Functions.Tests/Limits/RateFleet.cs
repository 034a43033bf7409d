using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Limits.Rate;
using PerCall.Functions.Tests.Budget;

namespace PerCall.Functions.Tests.Limits;

/// <summary>Limiters of one account on several instances, and when they admitted requests.</summary>
internal sealed class RateFleet
{
    private readonly FakeTimeProvider _time;
    private readonly List<(double Second, int Admitted)> _admitted = [];

    private RateFleet(FakeTimeProvider time, IReadOnlyList<LeasedRateLimiter> limiters) => (_time, Limiters) = (time, limiters);

    public IReadOnlyList<LeasedRateLimiter> Limiters { get; }

    private double Now => _time.GetTimestamp() / (double)TimeSpan.TicksPerSecond;

    public static async Task<RateFleet> OfAsync(string storage, int instances, int quota)
    {
        var (time, account, limiters) = (LimitTimes.Start(), Guid.NewGuid().ToString("n"), new List<LeasedRateLimiter>());
        for (var i = 0; i < instances; i++)
        {
            limiters.Add(new(new RateRow(await LimitTables.OpenAsync(storage), account, time), time) { Quota = quota });
        }

        return new(time, limiters);
    }

    /// <summary>Sends calls to each instance at once, then lets time pass.</summary>
    /// <returns>How many were admitted.</returns>
    public async Task<int> StepAsync(TimeSpan step, Func<int, int> callsOf)
    {
        var admitted = (await Task.WhenAll(Limiters.Select((l, i) => SendAsync(l, callsOf(i))))).Sum();
        _admitted.Add((Now, admitted));
        _time.Advance(step);
        await Task.WhenAll(Limiters.Select(l => l.UpkeepAsync()));
        return admitted;
    }

    public async Task RunAsync(TimeSpan duration, TimeSpan step, Func<int, int> callsOf)
    {
        for (var passed = TimeSpan.Zero; passed < duration; passed += step)
        {
            await StepAsync(step, callsOf);
        }
    }

    /// <summary>Requests admitted in each whole minute.</summary>
    public IEnumerable<int> Minutes() =>
        _admitted.GroupBy(a => (int)((a.Second - _admitted[0].Second) / 60)).Select(m => m.Sum(a => a.Admitted));

    /// <summary>The most that were admitted in any 60 seconds.</summary>
    public int Most() =>
        _admitted.Max(end => _admitted.Where(a => a.Second <= end.Second && a.Second > end.Second - 60).Sum(a => a.Admitted));

    private static async Task<int> SendAsync(LeasedRateLimiter limiter, int calls)
    {
        var admitted = 0;
        for (var i = 0; i < calls; i++)
        {
            using var lease = await limiter.AcquireAsync();
            admitted += lease.IsAcquired ? 1 : 0;
        }

        return admitted;
    }
}
