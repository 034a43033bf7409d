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
    public async Task Look_QueuesAndTheirPoison_AreMeasuredAlsoWhereThereIsNone()
    {
        var name = $"lengths{Guid.NewGuid():n}";
        var queues = new QueueServiceClient(azurite.ConnectionString);
        await queues.CreateQueueAsync(name, cancellationToken: Cancellation);
        await queues.GetQueueClient(name).SendMessageAsync("one", Cancellation);
        await queues.GetQueueClient(name).SendMessageAsync("two", Cancellation);

        await new QueueLengths(queues, [new(name), new($"{name}-missing")]).LookAsync(Cancellation);

        var found = Read("percall.queue.length").Where(
            m => m.Queue?.StartsWith(name, StringComparison.Ordinal) == true).ToDictionary(m => m.Queue!, m => m.Value);
        Assert.Equal(2, found[name]);
        Assert.Equal(0, found[$"{name}-poison"]);
        Assert.Equal(0, found[$"{name}-missing"]);
        Assert.Equal(0, found[$"{name}-missing-poison"]);
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
