using Azure.Core;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging.Abstractions;
using PerCall.Hosting.Queues;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Queues;

/// <summary>Messages of a real queue, by a clock that the test moves.</summary>
public sealed class MessageLeaseTests(AzuriteFixture azurite)
{
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(10);

    private readonly WatchedTime _time = new(DateTimeOffset.UnixEpoch);
    private readonly RecordedVisibility _visibility = new();

    [Fact]
    public async Task Lease_MessageIsWorkedOnForLong_IsRenewedAtHalfAndDeletedByItsHolder()
    {
        var (queue, message) = await ReceiveAsync();
        await using var lease = new MessageLease(queue, message, Duration, _time, NullLogger.Instance);

        for (var renewal = 0; renewal < 5; renewal++)
        {
            Assert.Equal(Duration / 2, await _time.NextWaitAsync());
            _time.Advance(Duration / 2);
            Assert.Equal(Duration, await _visibility.NextAsync());
        }

        // With the receipt of the last renewal: every other is refused.
        await lease.DeleteAsync(CancellationToken.None);
        Assert.False(lease.Lost.IsCancellationRequested);
        Assert.Equal(0, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task Lease_AnotherHasTheMessage_IsLostAndLeavesItAlone()
    {
        var (queue, message) = await ReceiveAsync();
        await using var lease = new MessageLease(queue, message, Duration, _time, NullLogger.Instance);
        var lost = new TaskCompletionSource();
        lease.Lost.Register(lost.SetResult);
        await queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, visibilityTimeout: TimeSpan.FromDays(1));

        await _time.NextWaitAsync();
        _time.Advance(Duration / 2);

        await lost.Task.WaitAsync(ProcessOutput.Patience, TimeProvider.System);
        await lease.DeleteAsync(CancellationToken.None);
        Assert.Equal(1, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
    }

    [Fact]
    public async Task Process_FunctionFails_HidesTheMessageForTheVisibilityTimeout()
    {
        var (queue, message) = await ReceiveAsync();
        var hostJson = new Dictionary<string, string?> { ["extensions:queues:visibilityTimeout"] = "01:00:00" };
        using var parts = new HostParts(azurite.ConnectionString, _time, hostJson: hostJson);

        await parts.Processor.ProcessAsync(Work(queue, _ => throw new InvalidOperationException("deliberate")), message);

        Assert.Equal(TimeSpan.FromHours(1), await _visibility.NextAsync());
        Assert.Equal(1, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);
        Assert.Null((await queue.ReceiveMessageAsync()).Value);
    }

    [Fact]
    public async Task Process_FunctionRunsForLong_RenewsTheLeaseAndRunsOnce()
    {
        var (queue, message) = await ReceiveAsync();
        using var parts = new HostParts(azurite.ConnectionString, _time);
        var (end, runs) = (new TaskCompletionSource(), 0);

        var processing = parts.Processor.ProcessAsync(Work(queue, _ => Run()), message);
        for (var renewal = 0; renewal < 3; renewal++)
        {
            Assert.Equal(parts.Options.MessageLease / 2, await _time.NextWaitAsync());
            _time.Advance(parts.Options.MessageLease / 2);
            Assert.Equal(parts.Options.MessageLease, await _visibility.NextAsync());
        }

        // It is another's neither now nor later.
        Assert.Null((await queue.ReceiveMessageAsync()).Value);
        end.SetResult();
        await processing;
        Assert.Equal(1, runs);
        Assert.Equal(0, (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount);

        Task Run()
        {
            runs++;
            return end.Task;
        }
    }

    private static QueueWork Work(QueueClient queue, Func<ReceivedMessage, Task> execute) =>
        new() { Queue = queue, Polled = queue, Poison = null, Base64 = false, ExecuteAsync = (received, _) => execute(received) };

    private async Task<(QueueClient Queue, QueueMessage Message)> ReceiveAsync()
    {
        var options = new QueueClientOptions();
        options.AddPolicy(_visibility, HttpPipelinePosition.PerCall);
        var queue = new QueueClient(azurite.ConnectionString, "t" + Guid.NewGuid().ToString("N"), options);
        await queue.CreateAsync();
        await queue.SendMessageAsync("text");
        return (queue, (await queue.ReceiveMessageAsync(Duration)).Value);
    }
}
