using System.Collections.Concurrent;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Tenancy;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Predictions;

public sealed class PredictionTurnTests(AzuriteFixture azurite)
{
    private const int Places = 8;

    private readonly ConcurrentQueue<RowName> _waiting = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_ManyHeldOfOneTenant_AnothersEndsMeanwhile()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var instance = await bed.StartAsync(faults);
        var slow = bed.Caller;
        var other = slow with { Tenant = "t-other", Account = Ids.NewAccount() };
        using var held = faults.Hold(r => !r.IsWrite && r.Uri.AbsolutePath.Contains($"/{slow.Account}/", StringComparison.Ordinal));
        List<string> ids = [];
        for (var i = 0; i < 12; i++)
        {
            ids.Add(await instance.CreateAsync(bed, webhook: null));
        }

        // A listener of eight places: what it has received stays until it has run.
        var places = new List<Task>();
        await ListenAsync(bed, instance, places);
        await held.Reached.WaitAsync(Cancellation);
        var fast = await instance.CreateAsync(bed, webhook: null, caller: other);
        await Eventually.HoldsAsync(
            async () =>
            {
                await ListenAsync(bed, instance, places);
                return (await instance.Book.GetAsync(other, fast, Cancellation)).Status == "succeeded"
                    && places.Count(p => !p.IsCompleted) == bed.Options.AtOncePerTenant;
            },
            "the other tenant's prediction succeeds, while as many of the first are held as may run at once");
        held.Release();
        await Eventually.HoldsAsync(
            async () =>
            {
                await ListenAsync(bed, instance, places);
                return (await bed.ChargedAsync()).Count == ids.Count + 1;
            },
            "all have run");
        await Task.WhenAll(places);
        Assert.Equal(ids.Append(fast).Order(), (await bed.ChargedAsync()).Order());
    }

    [Fact]
    public async Task Run_MoreOfATenantThanItsPlacesOnAnInstance_IsPutBack()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        bed.Options.AtOncePerTenant = 1;
        var faults = new StorageFaults();
        var instance = await bed.StartAsync(faults);
        var (first, second) = (await instance.CreateAsync(bed, webhook: null), await instance.CreateAsync(bed, webhook: null));
        Assert.Equal([first], await bed.MessagesAsync());
        using var held = faults.Hold(r => !r.IsWrite && r.Uri.AbsolutePath.Contains("/input-", StringComparison.Ordinal));
        var running = instance.RunAsync(bed, first);
        await held.Reached.WaitAsync(Cancellation);

        // The first has run for so long that its turn has lapsed, and the second has it.
        bed.Pass(TimeSpan.FromMinutes(2));
        await instance.Sweep.ResendAsync(Cancellation);
        Assert.Contains(second, await bed.MessagesAsync());
        Assert.False(await instance.RunAsync(bed, second));

        Assert.Equal("queued", (await instance.GetAsync(bed, second)).Status);
        held.Release();
        await running;
        await instance.RunAsync(bed, second);
        Assert.Equal([first, second], (await bed.ChargedAsync()).Order());
    }

    [Fact]
    public async Task Resend_RowsOfAnAccountCannotBeRead_IsDueAgainAtOnce()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        var faults = new StorageFaults();
        var instance = await bed.StartAsync(faults);
        await instance.CreateAsync(bed, webhook: null);
        faults.Decide = r => !r.IsWrite && r.Uri.ToString().Contains(bed.Caller.Account, StringComparison.Ordinal)
            ? Fault.BeforeSending : Fault.None;

        var before = bed.Journals.Time.GetUtcNow();
        var next = await instance.Sweep.ResendAsync(Cancellation);

        Assert.NotNull(next);
        Assert.InRange(next.Value, before, bed.Journals.Time.GetUtcNow());
    }

    [Fact]
    public async Task Create_MoreThanMayWait_IsRefusedUntilOneHasEnded()
    {
        await using var bed = await PredictionBed.CreateAsync(azurite);
        (bed.Options.AtOncePerTenant, bed.Options.MaxWaiting) = (1, 1);
        var instance = await bed.StartAsync();
        var (runs, waits) = (await instance.CreateAsync(bed, webhook: null), await instance.CreateAsync(bed, webhook: null));

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => instance.CreateAsync(bed, webhook: null));

        Assert.Equal((429, "too_many_predictions", "10"), (refusal.Status, refusal.Code, refusal.Headers["Retry-After"]));
        await instance.Book.CancelAsync(bed.Caller, waits, Cancellation);
        var next = await instance.CreateAsync(bed, webhook: null);
        await bed.MessagesAsync();
        await instance.RunAsync(bed, runs);
        // Its turn has been given on, with a message.
        Assert.Equal([next], await bed.MessagesAsync());
        await instance.RunAsync(bed, next);
        Assert.Equal([runs, next], (await bed.ChargedAsync()).Order());
        Assert.DoesNotContain(await bed.RowsAsync(), r => r.StartsWith("p|", StringComparison.Ordinal));
    }

    private async Task ListenAsync(PredictionBed bed, PredictionInstance instance, List<Task> places)
    {
        async Task RunAsync(RowName message)
        {
            if (!await instance.Runner.RunAsync(message.Account, message.Item, Cancellation))
            {
                // Put back.
                _waiting.Enqueue(message);
            }
        }

        (await bed.WorkAsync()).ForEach(_waiting.Enqueue);
        while (places.Count(p => !p.IsCompleted) < Places && _waiting.TryDequeue(out var message))
        {
            places.Add(Task.Run(() => RunAsync(message), Cancellation));
        }
    }
}
