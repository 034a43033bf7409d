using System.Globalization;
using PerCall.Functions.Audit;
using PerCall.Functions.Operators;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Operators;

public sealed class OperatorRefusalsTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Count_ASingleRefusal_IsRecordedAtOnceAndLeavesNoTimer()
    {
        var time = new WatchedTime();
        var bed = (await OperatorBed.StartAsync(azurite, time, instances: 1))[0];
        var paused = time.WaitAsync(_ => true);
        bed.Refusals.Count(new("operator:0123456789abcdef", "r-7"), OperatorRefusals.MissingRole, "route/POST /manage/v1/tenants");
        Assert.Equal(TimeSpan.FromMinutes(1), await paused);

        var record = Assert.Single(await bed.AuditAsync());
        Assert.Equal(
            ("operator:0123456789abcdef", "operator.deny", "route/POST /manage/v1/tenants", "r-7", "1"),
            (record.Actor, record.Action, record.Subject, record.RequestId, record.After!["count"]));

        time.Advance(TimeSpan.FromMinutes(1));
        await Eventually.HoldsAsync(() => Task.FromResult(bed.Refusals.IsIdle), "the writer ends after a minute without a refusal");
        paused = time.WaitAsync(_ => true);
        bed.Refusals.Count(new(OperatorRefusals.Unknown, "r-8"), OperatorRefusals.WrongKey, "address/203.0.113.7");
        Assert.Equal(TimeSpan.FromMinutes(1), await paused);
        Assert.Equal("operator.refuse", (await bed.AuditAsync())[^1].Action);
    }

    [Fact]
    public async Task Count_AFlood_CostsABoundedNumberOfRecordsAndLosesNone()
    {
        var time = new WatchedTime();
        var bed = (await OperatorBed.StartAsync(azurite, time, instances: 1))[0];
        var (counted, pauses) = (0, new List<TimeSpan>());
        for (var write = 0; write < 6; write++)
        {
            var paused = time.WaitAsync(_ => true);
            Flood(addresses: 200, times: 5);
            if (write > 0)
            {
                time.Advance(pauses[^1]);
            }

            pauses.Add(await paused);
        }

        // The first write has what had been counted when it began, the rest comes with the next.
        await bed.Refusals.StopAsync(Cancellation);
        var records = await bed.AuditAsync();
        Assert.Equal([1, 2, 4, 8, 10, 10], pauses.Select(p => p.TotalMinutes));
        Assert.Equal(counted, records.Sum(r => int.Parse(r.After!["count"], CultureInfo.InvariantCulture)));
        Assert.InRange(records.Count, 6, 7 * (OperatorRefusals.MaxSubjects + 1));
        Assert.Contains(records, r => r.Subject == OperatorRefusals.Others);

        void Flood(int addresses, int times)
        {
            for (var i = 0; i < addresses * times; i++)
            {
                bed.Refusals.Count(
                    new Actor(OperatorRefusals.Unknown, $"r-{i}"), OperatorRefusals.WrongKey, $"address/10.0.0.{i % addresses}");
                counted++;
            }
        }
    }
}
