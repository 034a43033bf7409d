using System.Threading.RateLimiting;
using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Limits.Rate;
using PerCall.Functions.Tests.Budget;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Limits;

/// <summary>Token limiters of one account on several instances, and the calls that they admitted.</summary>
internal sealed class TokenFleet
{
    private readonly string _storage;
    private readonly long _quota;
    private readonly FakeTimeProvider _time = LimitTimes.Start();
    private readonly string _account = Guid.NewGuid().ToString("n");
    private readonly List<Call> _calls = [];

    private TokenFleet(string storage, long quota) => (_storage, _quota) = (storage, quota);

    public List<LeasedRateLimiter> Limiters { get; } = [];

    /// <summary>The way of each instance to storage.</summary>
    public List<StorageFaults> Faults { get; } = [];

    public double Now => _time.GetTimestamp() / (double)TimeSpan.TicksPerSecond;

    /// <summary>Most tokens in any 60 seconds: those that ended calls have used, and those that running calls may use.</summary>
    public long Most { get; private set; }

    public static async Task<TokenFleet> CreateAsync(string storage, int instances, long quota)
    {
        var fleet = new TokenFleet(storage, quota);
        while (fleet.Limiters.Count < instances)
        {
            var (limiter, faults) = await fleet.StartAsync();
            fleet.Limiters.Add(limiter);
            fleet.Faults.Add(faults);
        }

        return fleet;
    }

    /// <summary>Kills an instance, with all its calls, and starts another one in its place.</summary>
    public async Task KillAsync(int instance)
    {
        _calls.Where(c => c.Instance == instance).ToList().ForEach(c => c.Lease = null);
        (Limiters[instance], Faults[instance]) = await StartAsync();
    }

    /// <summary>Returns null if the call is admitted, or else the time after which to try again.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="tokens">Tokens that the call can use.</param>
    /// <param name="used">Tokens that it uses.</param>
    /// <param name="seconds">Its duration.</param>
    public async Task<TimeSpan?> CallAsync(int instance, int tokens, long? used = null, double seconds = 0)
    {
        var lease = await Limiters[instance].AcquireAsync(tokens);
        if (!lease.IsAcquired)
        {
            Assert.True(lease.TryGetMetadata(MetadataName.RetryAfter, out var wait));
            Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromSeconds(RateWindow.Seconds + LeasedRateLimiter.HoldSeconds));
            return wait;
        }

        lock (_calls)
        {
            _calls.Add(new(instance, Now, Now + seconds, used ?? tokens) { Tokens = tokens, Lease = lease as PermitsLease });
            Most = Math.Max(Most, _calls.Where(c => c.Start > Now - 60).Sum(c => c.Tokens));
        }

        return null;
    }

    /// <summary>Lets time pass. Calls that end meanwhile are settled.</summary>
    public async Task AdvanceAsync(double seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        foreach (var call in _calls.Where(c => c.Lease is not null && c.End <= Now))
        {
            call.Lease!.Settle(call.Used);
            (call.Tokens, call.Lease) = (call.Used, null);
        }

        await Task.WhenAll(Limiters.Select(l => l.UpkeepAsync()));
    }

    /// <summary>Tokens of the calls that began in these seconds.</summary>
    public long Between(double start, double end) => _calls.Where(c => c.Start >= start && c.Start < end).Sum(c => c.Tokens);

    /// <summary>The row, as storage has it.</summary>
    public async Task<RateWindow> WindowAsync()
    {
        var row = await (await LimitTables.OpenAsync(_storage)).FindAsync(_account, RateRow.Tokens, CancellationToken.None);
        return RateWindow.Parse(row!.GetString("Window"), LeasedRateLimiter.HoldSeconds);
    }

    private async Task<(LeasedRateLimiter Limiter, StorageFaults Faults)> StartAsync()
    {
        var faults = new StorageFaults();
        var row = RateRow.OfTokens(await LimitTables.OpenAsync(_storage, faults), _account, _time);
        return (new(row, _time) { Quota = _quota }, faults);
    }

    private sealed record Call(int Instance, double Start, double End, long Used)
    {
        public required long Tokens { get; set; }

        public PermitsLease? Lease { get; set; }
    }
}
