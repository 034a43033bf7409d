using System.Text.Json;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PerCall.Functions.Storage.Formats;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Tests.Batches;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Storage.Work;

[Collection(BatchQueues.Name)]
public sealed class WorkDispatcherTests : IAsyncLifetime
{
    private const int MostPeeked = 32;

    private readonly StorageFaults _faults = new();
    private readonly QueueServiceClient _queues;
    private readonly string _kind = $"kind-{Guid.NewGuid():n}";
    private readonly List<WorkMessage> _handled = [];
    private readonly List<WorkMessage> _givenUp = [];
    private Func<WorkMessage, Task<bool>> _handle = _ => Task.FromResult(true);

    public WorkDispatcherTests(AzuriteFixture azurite) => _queues = new(
        azurite.ConnectionString,
        new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64, Retry = { MaxRetries = 0 } }.Through(_faults));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        foreach (var name in (string[])[WorkQueue.Name, WorkQueue.Shards, WorkQueue.Poison])
        {
            await _queues.GetQueueClient(name).CreateIfNotExistsAsync(cancellationToken: Cancellation);
            await _queues.GetQueueClient(name).ClearMessagesAsync(Cancellation);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData(WorkQueue.Name)]
    [InlineData(WorkQueue.Shards)]
    public async Task Run_FailsInItsLastDelivery_IsInThePoisonQueueWithItsKind(string queue)
    {
        _handle = _ => throw new InvalidOperationException("It is broken.");
        var dispatcher = Dispatcher(queue);

        await Assert.ThrowsAsync<InvalidOperationException>(() => dispatcher.RunAsync(Message(1), null, Cancellation));
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => dispatcher.RunAsync(Message(WorkDispatcher.MaxDeliveries - 1), null, Cancellation));
        Assert.Empty(await WaitingAsync(WorkQueue.Poison));
        await dispatcher.RunAsync(Message(WorkDispatcher.MaxDeliveries), null, Cancellation);

        var poisoned = Assert.Single(await WaitingAsync(WorkQueue.Poison));
        Assert.Equal("InvalidOperationException: It is broken.", poisoned.Reason);
        Assert.Equal("a body", poisoned.Body.GetString());
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", poisoned.Traceparent);
        await dispatcher.GiveUpAsync(Received(poisoned, 1), Cancellation);
        Assert.Equal("a body", Assert.Single(_givenUp).Body.GetString());
    }

    /// <summary>Each delivery ended the process, so none came to its end.</summary>
    [Fact]
    public async Task Run_DeliveredTooOften_IsPoisonedAndNotRun()
    {
        await Dispatcher().RunAsync(Message(WorkDispatcher.MaxDeliveries + 1), null, Cancellation);

        Assert.Empty(_handled);
        Assert.Single(await WaitingAsync(WorkQueue.Poison));
    }

    /// <summary>The message stays in its queue until it is in the other.</summary>
    [Theory]
    [InlineData(WorkDispatcher.MaxDeliveries, true)]
    [InlineData(1, false)]
    public async Task Run_WhenTheMessageCannotBeSentOn_IsNotComplete(int delivery, bool fails)
    {
        _handle = _ => fails ? throw new InvalidOperationException() : Task.FromResult(false);
        var dispatcher = Dispatcher();
        _faults.Decide = r => r.IsWrite ? Fault.BeforeSending : Fault.None;

        await Assert.ThrowsAnyAsync<Exception>(() => dispatcher.RunAsync(Message(delivery), null, Cancellation));
    }

    [Fact]
    public async Task Run_OfAShutdown_IsNotPoisoned()
    {
        using var stopping = new CancellationTokenSource();
        _handle = async _ =>
        {
            await stopping.CancelAsync();
            throw new OperationCanceledException();
        };

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => Dispatcher().RunAsync(Message(WorkDispatcher.MaxDeliveries), null, stopping.Token));

        Assert.Empty(await WaitingAsync(WorkQueue.Poison));
    }

    [Fact]
    public async Task Run_WithoutAPlace_IsPutBackWithItsFailuresAndWaitsLongerEachTime()
    {
        _handle = _ => Task.FromResult(false);
        var (dispatcher, queries) = (Dispatcher(), new List<string>());
        _faults.Decide = r =>
        {
            queries.Add(r.Uri.Query);
            return Fault.None;
        };

        await dispatcher.RunAsync(Message(3), null, Cancellation);
        await dispatcher.RunAsync(Message(1, putBack: 2), null, Cancellation);
        await dispatcher.RunAsync(Message(1, putBack: 40), null, Cancellation);

        Assert.Equal(3, queries.Count);
        Assert.All(queries.Zip([1, 4, 16]), q => Assert.Contains($"visibilitytimeout={q.Second}", q.First, StringComparison.Ordinal));
        var back = new List<WorkMessage>();
        await Eventually.HoldsAsync(
            async () => (back = await WaitingAsync(WorkQueue.Name)).Count > 0, "the first message is visible again");
        Assert.Equal((2, 1), (back[0].Failed, back[0].PutBack));
        // Its failures still count.
        _handle = _ => throw new InvalidOperationException();
        await Assert.ThrowsAsync<InvalidOperationException>(() => dispatcher.RunAsync(Received(back[0], 1), null, Cancellation));
        await dispatcher.RunAsync(Received(back[0], 3), null, Cancellation);
        Assert.Single(await WaitingAsync(WorkQueue.Poison));
    }

    [Fact]
    public async Task Run_OfAnUnknownKind_IsPoisonedAndComesBackWhereItIsKnown()
    {
        var earlier = new WorkDispatcher([], _queues, TimeProvider.System, NullLogger<WorkDispatcher>.Instance);

        await earlier.RunAsync(Message(1), null, Cancellation);
        var poisoned = Assert.Single(await WaitingAsync(WorkQueue.Poison));
        // An instance that does not know the kind keeps the message where operators see it.
        await Assert.ThrowsAsync<InvalidOperationException>(() => earlier.GiveUpAsync(Received(poisoned, 1), Cancellation));
        await Dispatcher().GiveUpAsync(Received(poisoned, 2), Cancellation);

        Assert.Empty(_givenUp);
        Assert.Null(Assert.Single(await WaitingAsync(WorkQueue.Name)).Reason);
    }

    [Fact]
    public async Task Run_OfANewerFormat_IsPoisonedAndComesBackWhereItIsRead()
    {
        var newer = WorkMessage.Parse(Message(1).Body) with
        {
            Format = StorageFormat.Newest + 1,
            Others = new() { ["lane"] = JsonSerializer.SerializeToElement("fast") },
        };

        await Dispatcher().RunAsync(Received(newer, 1), null, Cancellation);
        var poisoned = Assert.Single(await WaitingAsync(WorkQueue.Poison));
        await Assert.ThrowsAsync<StorageFormatException>(() => Dispatcher().GiveUpAsync(Received(poisoned, 1), Cancellation));
        await Dispatcher().GiveUpAsync(Received(poisoned with { Format = StorageFormat.Newest }, 2), Cancellation);

        Assert.Empty(_handled);
        Assert.Empty(_givenUp);
        var returned = Assert.Single(await WaitingAsync(WorkQueue.Name));
        Assert.Null(returned.Reason);
        Assert.Equal("fast", returned.Others?["lane"].GetString());
    }

    /// <summary>Otherwise the host would poison what the service has not given up yet.</summary>
    [Fact]
    public void HostJson_LeavesRoomForTheServicesOwnLimits()
    {
        var hostJson = new ConfigurationBuilder().AddJsonFile(Path.Combine(Repository.Root, "host.json")).Build();
        var queues = hostJson.GetSection("extensions:queues");

        Assert.InRange(queues.GetValue<int>("maxDequeueCount"), WorkDispatcher.MaxDeliveries + 2, 100);
        Assert.Equal(WorkPlaces.Total, queues.GetValue<int>("newBatchThreshold"));
    }

    [Fact]
    public async Task Places_OfOneKind_LeaveOneForEachOther()
    {
        var time = new FakeTimeProvider();
        var places = new WorkPlaces(["a", "b", "c"], 5, time);
        var first = new List<IDisposable?>();
        for (var i = 0; i < 3; i++)
        {
            first.Add(await places.TakeAsync("a", Cancellation));
        }

        Assert.DoesNotContain(null, first);
        await HasNoneAsync("a");
        using var b = await places.TakeAsync("b", Cancellation);
        Assert.NotNull(b);
        await HasNoneAsync("b");
        using var c = await places.TakeAsync("c", Cancellation);
        Assert.NotNull(c);

        // One message of a kind waits for a place, others do not.
        var waiting = places.TakeAsync("a", Cancellation);
        Assert.Null(await places.TakeAsync("a", Cancellation));
        first[0]!.Dispose();
        Assert.NotNull(await waiting);

        async Task HasNoneAsync(string kind)
        {
            var taking = places.TakeAsync(kind, Cancellation);
            time.Advance(WorkPlaces.Patience - TimeSpan.FromTicks(1));
            Assert.False(taking.IsCompleted);
            time.Advance(TimeSpan.FromTicks(1));
            Assert.Null(await taking);
        }
    }

    /// <summary>Messages of earlier versions are only a body, in queues of their own.</summary>
    [Fact]
    public async Task Move_MessagesOfAnEarlierVersion_AreInTheQueueOfTheirKind()
    {
        var old = _queues.GetQueueClient($"old-{Guid.NewGuid():n}");
        var kind = Kind(WorkQueue.Name) with { OldQueues = [old.Name, $"{old.Name}-missing"] };
        await old.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        await old.SendMessageAsync("""{"account":"a","job":"j","tick":7,"traceparent":"00-1-2-01"}""", Cancellation);
        await old.SendMessageAsync("not a message", Cancellation);
        var queues = new OldQueues([kind], _queues, TimeProvider.System, NullLogger<OldQueues>.Instance);

        // The process ends before it has deleted the message that it has sent on: it is sent twice.
        _faults.Decide = r => r.Method == Azure.Core.RequestMethod.Delete ? Fault.BeforeSending : Fault.None;
        Assert.Equal([old.Name], await queues.MoveAsync(Cancellation));
        _faults.Decide = _ => Fault.None;
        var moved = Assert.Single(await WaitingAsync(WorkQueue.Name));

        Assert.Equal(7, moved.Body.GetProperty("tick").GetInt32());
        Assert.Equal("00-1-2-01", moved.Traceparent);
        Assert.Equal(2, (await old.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount);
        await Dispatcher().RunAsync(Received(moved, 1), null, Cancellation);
        Assert.Single(_handled);
    }

    private WorkKind Kind(string queue) => new(_kind, HandleAsync)
    {
        Queue = queue,
        TakesPlace = true,
        GiveUpAsync = (message, _) =>
        {
            _givenUp.Add(message);
            return Task.CompletedTask;
        },
    };

    private async Task<bool> HandleAsync(WorkMessage message, CancellationToken cancellation)
    {
        _handled.Add(message);
        return await _handle(message);
    }

    private WorkDispatcher Dispatcher(string queue = WorkQueue.Name) =>
        new([Kind(queue)], _queues, TimeProvider.System, NullLogger<WorkDispatcher>.Instance);

    private QueueMessage Message(int dequeueCount, int putBack = 0) => Received(
        new()
        {
            Kind = _kind,
            Body = JsonElement.Parse("\"a body\""),
            PutBack = putBack,
            Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        },
        dequeueCount);

    private static QueueMessage Received(WorkMessage message, int dequeueCount) =>
        QueuesModelFactory.QueueMessage("id", "receipt", message.Write(), dequeueCount);

    /// <summary>The messages of this test that can be received from a queue.</summary>
    private async Task<List<WorkMessage>> WaitingAsync(string queue) =>
    [
        .. (await _queues.GetQueueClient(queue).PeekMessagesAsync(MostPeeked, Cancellation)).Value
            .Select(m => WorkMessage.Parse(m.Body)).Where(m => m.Kind == _kind),
    ];
}
