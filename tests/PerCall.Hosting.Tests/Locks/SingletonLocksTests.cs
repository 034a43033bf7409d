using Azure.Storage.Blobs.Specialized;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Locks;

/// <summary>Leases of a real blob, by clocks that the test moves.</summary>
public sealed class SingletonLocksTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Acquire_AnotherHoldsTheLock_GetsItWhenThatIsDisposed()
    {
        var (time, otherTime) = (NewTime(), NewTime());
        using var parts = new HostParts(azurite.ConnectionString, time);
        using var other = new HostParts(azurite.ConnectionString, otherTime, parts.Id);
        var held = await parts.Locks.AcquireAsync("one", CancellationToken.None);

        var waiting = other.Locks.AcquireAsync("one", CancellationToken.None);
        for (var attempt = 0; attempt < 3; attempt++)
        {
            // It was refused, and pauses.
            Assert.Equal(other.Options.SingletonLease / 5, await otherTime.NextWaitAsync());
            Assert.False(waiting.IsCompleted);
            if (attempt < 2)
            {
                otherTime.Advance(other.Options.SingletonLease / 5);
            }
        }

        Assert.False(held.Lost.IsCancellationRequested);
        await held.DisposeAsync();
        otherTime.Advance(other.Options.SingletonLease / 5);

        await using var succeeded = await waiting.WaitAsync(ProcessOutput.Patience, TimeProvider.System);
    }

    [Fact]
    public async Task Lock_WhileItIsHeld_IsRenewedEachThirdOfTheLease()
    {
        var time = NewTime();
        using var parts = new HostParts(azurite.ConnectionString, time);
        await using var held = await parts.Locks.AcquireAsync("one", CancellationToken.None);
        var third = parts.Options.SingletonLease / 3;

        // Ten leases: a renewal that had failed would have lost the lock.
        for (var renewal = 0; renewal < 30; renewal++)
        {
            Assert.Equal(third, await time.NextWaitAsync());
            time.Advance(third);
        }

        await time.NextWaitAsync();
        Assert.False(held.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Lock_AnotherHasTakenIt_IsLostAtTheNextRenewal()
    {
        var time = NewTime();
        using var parts = new HostParts(azurite.ConnectionString, time);
        await using var held = await parts.Locks.AcquireAsync("one", CancellationToken.None);
        var lost = new TaskCompletionSource();
        held.Lost.Register(lost.SetResult);
        var lease = parts.Storage.Container.GetBlobClient($"locks/{parts.Id}/one").GetBlobLeaseClient();
        await lease.BreakAsync(TimeSpan.Zero);
        await lease.AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration);

        await time.NextWaitAsync();
        Assert.False(held.Lost.IsCancellationRequested);
        time.Advance(parts.Options.SingletonLease / 3);

        await lost.Task.WaitAsync(ProcessOutput.Patience, TimeProvider.System);
    }

    private static WatchedTime NewTime() => new(DateTimeOffset.UnixEpoch);
}
