using System.Diagnostics.Metrics;
using Azure.Storage.Queues;
using PerCall.Functions.Upkeep;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Upkeep;

public sealed class QueueLengthsTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Look_Queues_ReportsThoseWithMessagesAndTheirEnd_AndNoneThatStayEmpty()
    {
        var name = $"lengths{Guid.NewGuid():n}";
        var queues = new QueueServiceClient(azurite.ConnectionString);
        await queues.CreateQueueAsync(name, cancellationToken: Cancellation);
        await queues.GetQueueClient(name).SendMessageAsync("one", Cancellation);
        await queues.GetQueueClient(name).SendMessageAsync("two", Cancellation);
        var lengths = new QueueLengths(queues, [new(name), new($"{name}-missing")]);

        await lengths.LookAsync(Cancellation);
        Assert.Equal([(name, 2)], Own());

        await queues.GetQueueClient(name).ClearMessagesAsync(Cancellation);
        await lengths.LookAsync(Cancellation);
        Assert.Equal([(name, 0)], Own());

        IEnumerable<(string?, double)> Own() => Read("percall.queue.length").Where(
            m => m.Queue?.StartsWith(name, StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task Look_UploadsThatTheHostGaveUp_AreMeasured()
    {
        var queues = new QueueServiceClient(azurite.ConnectionString);
        var queue = queues.GetQueueClient("webjobs-blobtrigger-poison");
        await queue.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        await queue.SendMessageAsync("an upload", Cancellation);
        var waiting = (await queue.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount;

        await new QueueLengths(queues, []).LookAsync(Cancellation);

        Assert.Equal(waiting, Assert.Single(Read("percall.queue.length"), m => m.Queue == "webjobs-blobtrigger-poison").Value);
    }

    private static List<(string? Queue, double Value)> Read(string instrument)
    {
        List<(string?, double)> found = [];
        using var listener =
            new MeterListener { InstrumentPublished = (i, l) => { if (i.Name == instrument) { l.EnableMeasurementEvents(i); } } };
        listener.SetMeasurementEventCallback<double>(
            (_, value, tags, _) => found.Add((tags.ToArray().FirstOrDefault(t => t.Key == "queue").Value as string, value)));
        listener.Start();
        listener.RecordObservableInstruments();
        return found;
    }
}
