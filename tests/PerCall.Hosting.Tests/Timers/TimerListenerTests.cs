using System.Threading.Channels;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PerCall.Hosting.Functions;
using PerCall.Hosting.Locks;
using PerCall.Hosting.Timers;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Timers;

/// <summary>When a timer runs, by a clock that the test moves; its lock and its status are in real storage.</summary>
public sealed class TimerListenerTests(AzuriteFixture azurite)
{
    private static readonly DateTimeOffset Start = new(2030, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private readonly WatchedTime _time = new(Start);
    private readonly Ticks _ticks = new();

    [Fact]
    public async Task Run_EachOccurrence_RunsOnceAtItsTimeAndKnowsTheLast()
    {
        using var parts = Parts();
        var running = Listen(parts, nameof(Functions.Hourly));

        var last = default(DateTime);
        for (var hour = 8; hour < 12; hour++)
        {
            var occurrence = new DateTime(2030, 5, 6, hour, 0, 0, DateTimeKind.Utc);
            await AdvanceToAsync(occurrence);
            var tick = await _ticks.NextAsync();
            // Waits are rounded up by a millisecond.
            Assert.Equal(occurrence.AddMilliseconds(1), tick.At);
            Assert.Equal((false, last), (tick.Info.IsPastDue, tick.Info.ScheduleStatus!.Last));
            last = occurrence;
        }

        // It waits for the next, and has not run a second time.
        await _time.NextWaitAsync();
        Assert.Equal(0, _ticks.Count);
        await EndAsync(parts, running);
    }

    [Fact]
    public async Task Run_OccurrencesWereMissed_RunsOnceForAllAndThenNotAgain()
    {
        using var parts = Parts();
        var missed = Start.UtcDateTime.AddHours(-30);
        await parts.Storage.Container.CreateIfNotExistsAsync();
        await parts.Statuses.WriteAsync(
            Name(nameof(Functions.Hourly)), new() { Last = missed, Next = missed, LastUpdated = missed }, CancellationToken.None);

        var running = Listen(parts, nameof(Functions.Hourly));
        var tick = await _ticks.NextAsync();
        Assert.True(tick.Info.IsPastDue);
        await _time.NextWaitAsync();
        await EndAsync(parts, running);

        // The next instance has nothing to make up for: it waits at once.
        using var next = Parts(parts.Id);
        running = Listen(next, nameof(Functions.Hourly));
        await _time.NextWaitAsync();
        await EndAsync(next, running);
        Assert.Equal(0, _ticks.Count);
    }

    [Fact]
    public async Task Run_TwoInstances_TheOtherRunsNothingUntilTheFirstHasEnded()
    {
        using var parts = Parts();
        var running = Listen(parts, nameof(Functions.Hourly));
        await _time.NextWaitAsync();
        var otherTime = new WatchedTime(Start);
        using var other = Parts(parts.Id, otherTime);
        var (otherTicks, retry) = (new Ticks(), other.Options.SingletonRetry ?? (other.Options.SingletonLease / 5));
        var waiting = Listen(other, nameof(Functions.Hourly), otherTime, lockTime: otherTime);

        // It was refused the lock, although hours pass for it.
        Assert.Equal(retry, await otherTime.NextWaitAsync());
        otherTime.Advance(TimeSpan.FromHours(3));
        Assert.Equal(retry, await otherTime.NextWaitAsync());
        await EndAsync(parts, running);
        otherTime.Advance(retry);

        // By its own clock it has missed occurrences, and makes up for them: so it holds the lock.
        Assert.True((await _ticks.NextAsync()).Info.IsPastDue);
        await EndAsync(other, waiting);
        Assert.Equal(0, otherTicks.Count);
    }

    // In steps: no single wait is long, so that a clock that was set is noticed.
    private async Task AdvanceToAsync(DateTime occurrence)
    {
        while (_time.GetUtcNow().UtcDateTime < occurrence)
        {
            var wait = await _time.NextWaitAsync();
            Assert.InRange(wait, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(10));
            var left = occurrence - _time.GetUtcNow().UtcDateTime;
            Assert.True(wait <= left + TimeSpan.FromMilliseconds(1), $"It waits {wait}, and the occurrence is in {left}.");
            Assert.Equal(0, _ticks.Count);
            _time.Advance(wait);
        }
    }

    private HostParts Parts(string? id = null, TimeProvider? time = null) =>
        new(azurite.ConnectionString, time ?? _time, id, services: s => s.AddSingleton(_ticks).AddSingleton<TimeProvider>(time ?? _time));

    private Task Listen(HostParts parts, string method, TimeProvider? time = null, TimeProvider? lockTime = null)
    {
        List<string> faults = [];
        var function = FunctionCatalog.Discover([typeof(Functions)], faults).Single(f => f.Method.Name == method);
        var timer = TimerFunction.Create(function, (TimerTriggerAttribute)function.Trigger, new ConfigurationBuilder().Build(), faults);
        Assert.Empty(faults);
        // Hours that pass at once would lose the lease, which storage measures by its own clock.
        var locks = new SingletonLocks(parts.Storage, parts.Options, lockTime ?? TimeProvider.System, NullLogger<SingletonLocks>.Instance);
        var listener = new TimerListener(
            timer!, locks, parts.Statuses, parts.Invoker, parts.Options, parts.Grace, time ?? _time, NullLogger<TimerListener>.Instance);
        return Task.Run(listener.RunAsync);
    }

    private static string Name(string method) => method.ToLowerInvariant();

    private static async Task EndAsync(HostParts parts, Task running)
    {
        parts.StopApplication();
        await running.WaitAsync(ProcessOutput.Patience, TimeProvider.System);
    }

    public sealed class Functions(Ticks ticks, TimeProvider time)
    {
        [Function("hourly")]
        public void Hourly([TimerTrigger("0 0 * * * *")] TimerInfo timer) => ticks.Add(time.GetUtcNow().UtcDateTime, timer);
    }

    public sealed class Ticks
    {
        private readonly Channel<(DateTime At, TimerInfo Info)> _runs = Channel.CreateUnbounded<(DateTime, TimerInfo)>();

        public int Count => _runs.Reader.Count;

        public void Add(DateTime at, TimerInfo info) => _runs.Writer.TryWrite((at, info));

        public Task<(DateTime At, TimerInfo Info)> NextAsync() =>
            _runs.Reader.ReadAsync().AsTask().WaitAsync(ProcessOutput.Patience, TimeProvider.System);
    }
}
