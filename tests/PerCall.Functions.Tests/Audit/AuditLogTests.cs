using Azure.Storage.Blobs.Specialized;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Tests.Tenancy;
using PerCall.Testing;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Functions.Tests.Audit;

public sealed class AuditLogTests(AzuriteFixture azurite)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_ByTwoInstancesAtOnce_MakesOneChain()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        AuditLog[] logs = [bed.Start().Audit, bed.Start().Audit];

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => logs[i % 2].WriteAsync(Act(i))));

        var records = await ReadAsync(logs[0]);
        Assert.Equal(40, records.Count);
        Assert.Equal(40, records.Select(r => r.Subject).Distinct().Count());
        var result = AuditChain.Verify(records);
        Assert.True(result.Ok, result.FirstFault?.ToString());
    }

    [Fact]
    public async Task Write_AnswerOfTheAppendLost_RecordsItOnce()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var instance = bed.Start();
        await instance.Audit.WriteAsync(Act(1));
        var appends = 0;
        instance.Faults.Decide = r => r.Appends && Interlocked.Increment(ref appends) == 1 ? Fault.AnswerLost : Fault.None;

        await instance.Audit.WriteAsync(Act(2));
        await instance.Audit.WriteAsync(Act(3));

        Assert.Equal(["subject/1", "subject/2", "subject/3"], (await ReadAsync(instance.Audit)).Select(r => r.Subject));
        Assert.True(appends > 2);
    }

    [Fact]
    public async Task Write_InANewMonth_ContinuesTheChainThoughAnotherInstanceIsLate()
    {
        // Two clocks: the second instance still has the old month when the first is in the new one.
        var bed = await TenancyBed.CreateAsync(azurite);
        var late = TenancyBed.Clock();
        var (early, other) = (bed.Start().Audit, new Instance(azurite.ConnectionString, late, bed.AuditContainer).Audit);
        await early.WriteAsync(Act(1));
        await other.WriteAsync(Act(2));
        bed.Time.Advance(TimeSpan.FromDays(40));

        await early.WriteAsync(Act(3));
        await other.WriteAsync(Act(4));
        await early.WriteAsync(Act(5));

        Assert.Equal(["2026-11.jsonl", "2026-12.jsonl"], await early.Stored.NamesAsync(Cancellation));
        var records = await ReadAsync(other);
        Assert.Equal(["subject/1", "subject/2", "2026-12.jsonl", "subject/3", "subject/4", "subject/5"], records.Select(r => r.Subject));
        Assert.True(AuditChain.Verify(records).Ok);
    }

    [Fact]
    public async Task Record_ActThatFails_IsFollowedByARecordThatSaysSo()
    {
        var instance = (await TenancyBed.CreateAsync(azurite)).Start();

        await Assert.ThrowsAsync<TimeoutException>(() => instance.Audit.RecordAsync(Act(7), async () =>
        {
            Assert.Equal(["thing.do"], (await ReadAsync(instance.Audit)).Select(r => r.Action));
            throw new TimeoutException();
        }));

        Assert.Equal(["thing.do", "thing.do.failed"], (await ReadAsync(instance.Audit)).Select(r => r.Action));
    }

    public static TheoryData<string, int> Tamperings => new()
    {
        { "change", 3 },
        { "space", 3 },
        { "garbage", 3 },
        { "remove first", 1 },
        { "remove", 3 },
        { "swap", 3 },
        { "repeat", 4 },
        { "change last", 5 },
    };

    [Theory]
    [MemberData(nameof(Tamperings))]
    public async Task Verify_StoredLogThatWasTamperedWith_NamesTheFirstWrongRecord(string how, int first)
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var log = bed.Start().Audit;
        for (var i = 1; i <= 5; i++)
        {
            await log.WriteAsync(Act(i));
        }

        var blob = bed.AuditBlobs.GetAppendBlobClient("2026-11.jsonl");
        var lines = (await blob.DownloadContentAsync(Cancellation)).Value.Content.ToString().TrimEnd('\n').Split('\n').ToList();
        switch (how)
        {
            case "change":
                lines[2] = lines[2].Replace("subject/3", "subject/4", StringComparison.Ordinal);
                break;
            case "space":
                lines[2] = lines[2].Replace(",", ", ", StringComparison.Ordinal);
                break;
            case "garbage":
                lines[2] = "\u0000";
                break;
            case "remove first":
                lines.RemoveAt(0);
                break;
            case "remove":
                lines.RemoveAt(2);
                break;
            case "swap":
                (lines[2], lines[3]) = (lines[3], lines[2]);
                break;
            case "repeat":
                lines.Insert(3, lines[2]);
                break;
            default:
                lines[4] = lines[4].Replace("operator", "nobodyyy", StringComparison.Ordinal);
                break;
        }

        Assert.True(AuditChain.Verify(await ReadAsync(log)).Ok);
        var text = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        await blob.DeleteAsync(cancellationToken: Cancellation);
        await blob.CreateAsync(cancellationToken: Cancellation);
        await blob.AppendBlockAsync(text, cancellationToken: Cancellation);

        var result = AuditChain.Verify(await ReadAsync(log));
        Assert.Equal((false, (long?)first), (result.Ok, result.FirstFault?.Record));
        // Management goes on, and the fault stays to be seen.
        await bed.Start().Audit.WriteAsync(Act(6));
        var after = AuditChain.Verify(await ReadAsync(log));
        Assert.Equal((lines.Count + 1, result.FirstFault), ((int)after.Records, after.FirstFault));
    }

    [Fact]
    public async Task Verify_AnyByteChanged_IsSeen()
    {
        var bed = await TenancyBed.CreateAsync(azurite);
        var log = bed.Start().Audit;
        for (var i = 1; i <= 3; i++)
        {
            await log.WriteAsync(Act(i));
        }

        var stored = (await bed.AuditBlobs.GetAppendBlobClient("2026-11.jsonl").DownloadContentAsync(Cancellation)).Value.Content.ToArray();
        for (var at = 0; at < stored.Length - 1; at++)
        {
            var changed = (byte[])stored.Clone();
            changed[at] ^= 1;
            var result = AuditChain.Verify(AuditLines.Lines(changed).Select((line, i) => AuditLines.Parse(line.Span, i + 1)));
            Assert.False(result.Ok, $"Byte {at} was changed unseen.");
        }
    }

    [Fact]
    public void Names_OfBlobs_SortInTheOrderTheyAreWritten()
    {
        var second = AuditBlobs.PartAfter("2026-11.jsonl");
        var third = AuditBlobs.PartAfter(second);

        Assert.Equal(("2026-11.p002.jsonl", "2026-11.p003.jsonl"), (second, third));
        string[] names = ["2026-10.jsonl", "2026-11.jsonl", second, third, "2026-12.jsonl"];
        Assert.Equal(names, names.Order(StringComparer.Ordinal));
    }

    private static Act Act(int number) =>
        new(Instance.Operator, "thing.do", $"subject/{number}", After: new Dictionary<string, string> { ["b"] = "2", ["a"] = "è" });

    private static async Task<List<AuditRecord>> ReadAsync(AuditLog log) =>
        await log.Stored.ReadAsync(0, Cancellation).ToListAsync(Cancellation);
}
