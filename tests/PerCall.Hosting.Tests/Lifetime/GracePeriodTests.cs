using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Lifetime;

public sealed class GracePeriodTests(AzuriteFixture azurite)
{
    private static readonly TimeSpan Instant = TimeSpan.FromTicks(1);

    [Fact]
    public void Stop_EachPeriod_EndsAtItsTimeAndNotBefore()
    {
        var time = new WatchedTime(DateTimeOffset.UnixEpoch);
        using var parts = new HostParts(azurite.ConnectionString, time);
        var (grace, options) = (parts.Grace, parts.Options);
        // A day without a shutdown changes nothing.
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal((false, false, false, false), Ended());

        parts.StopApplication();
        Assert.Equal((true, false, false, false), Ended());

        time.Advance(options.ReceivePeriod - Instant);
        Assert.Equal((true, false, false, false), Ended());
        time.Advance(Instant);
        Assert.Equal((true, true, false, false), Ended());

        time.Advance(options.GracePeriod - options.ReceivePeriod - Instant);
        Assert.Equal((true, true, false, false), Ended());
        time.Advance(Instant);
        Assert.Equal((true, true, true, false), Ended());

        time.Advance(options.CancellationPeriod - Instant);
        Assert.Equal((true, true, true, false), Ended());
        time.Advance(Instant);
        Assert.Equal((true, true, true, true), Ended());

        (bool, bool, bool, bool) Ended() => (
            grace.Stopping.IsCancellationRequested,
            grace.Receiving.IsCancellationRequested,
            grace.Cancelling.IsCancellationRequested,
            grace.Abandoning.IsCancellationRequested);
    }
}
