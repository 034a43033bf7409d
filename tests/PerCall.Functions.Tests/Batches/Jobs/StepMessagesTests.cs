using Azure.Storage.Queues;
using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Storage.Work;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Jobs;

/// <summary>No message reaches storage: the connection breaks before.</summary>
public sealed class StepMessagesTests
{
    private const string Storage = "DefaultEndpointsProtocol=http;AccountName=none;AccountKey=a2V5;QueueEndpoint=http://127.0.0.1:1/none";

    private readonly FakeTimeProvider _time = new();
    private readonly StepMessages _queue;
    private string? _sent;

    public StepMessagesTests()
    {
        var faults = new StorageFaults { Decide = Break };
        _queue = new StepMessages(
            new(new QueueClient(Storage, WorkQueue.Name, new QueueClientOptions { Retry = { MaxRetries = 0 } }.Through(faults))), _time);

        Fault Break(StorageRequest request)
        {
            _sent = request.Uri.Query;
            return Fault.BeforeSending;
        }
    }

    [Theory]
    [InlineData(300)]
    [InlineData(999)]
    public async Task Send_DueInLessThanASecond_IsSentWhenItIsDue(int milliseconds)
    {
        var delay = TimeSpan.FromMilliseconds(milliseconds);
        var sending = _queue.SendAsync(new("account", "job", 1), delay, CancellationToken.None);

        _time.Advance(delay - TimeSpan.FromMilliseconds(1));
        Assert.Null(_sent);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Assert.ThrowsAsync<IOException>(() => sending);
        Assert.Contains("visibilitytimeout=0", _sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "visibilitytimeout=0")]
    [InlineData(1000, "visibilitytimeout=1")]
    [InlineData(4000, "visibilitytimeout=4")]
    public async Task Send_DueNowOrInSeconds_IsSentAtOnceAndHiddenByTheQueue(int milliseconds, string query)
    {
        await Assert.ThrowsAsync<IOException>(
            () => _queue.SendAsync(new("account", "job", 1), TimeSpan.FromMilliseconds(milliseconds), CancellationToken.None));

        Assert.Contains(query, _sent, StringComparison.Ordinal);
    }
}
