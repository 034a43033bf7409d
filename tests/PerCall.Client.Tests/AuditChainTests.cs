using PerCall.Client.Wire;
using Xunit;

namespace PerCall.Client.Tests;

public sealed class AuditChainTests
{
    [Fact]
    public void Verify_WholeChain_IsOkAndTellsItsEnd()
    {
        var records = Chain(4);

        Assert.Equal(new AuditVerification(4, true, records[3].Hash), AuditChain.Verify(records));
        Assert.Equal(new AuditVerification(0, true, AuditChain.Start), AuditChain.Verify([]));
    }

    [Fact]
    public void Verify_AnyMemberChanged_IsSeenAtThatRecord()
    {
        Func<AuditRecord, AuditRecord>[] changes =
        [
            r => r with { Time = r.Time.AddTicks(1) },
            r => r with { Actor = "" },
            r => r with { Action = "x" },
            r => r with { Subject = "x" },
            r => r with { Before = null },
            r => r with { After = new Dictionary<string, string>() },
            r => r with { RequestId = null },
            r => r with { Before = new Dictionary<string, string> { ["a"] = "1", ["b"] = "3" } },
            r => r with { Hash = new('f', 64) },
            r => r with { Prev = new('f', 64) },
            r => r with { Seq = 7 },
            r => AuditChain.Seal(r with { Prev = new('f', 64) }),
        ];
        foreach (var change in changes)
        {
            var records = Chain(4);
            records[1] = change(records[1]);
            Assert.Equal(2, AuditChain.Verify(records).FirstFault?.Record);
        }
    }

    [Fact]
    public void Verify_RecordRewrittenWithItsHash_IsSeenAtTheNext()
    {
        var records = Chain(4);
        records[1] = AuditChain.Seal(records[1] with { Actor = "nobody" });

        var result = AuditChain.Verify(records);

        Assert.Equal((false, 3L, 4L), (result.Ok, result.FirstFault!.Record, result.Records));
    }

    [Fact]
    public void Verify_RecordMissing_ReportsItsPosition()
    {
        var records = Chain(4);
        records.RemoveAt(1);

        Assert.Equal(new AuditFault(2, "Expected record 2, found record 3."), AuditChain.Verify(records).FirstFault);
    }

    [Fact]
    public void Hash_OfARecord_DoesNotDependOnTheOrderOfItsMapsNorOnTheTimesOffset()
    {
        var record = Chain(1)[0];
        var same =
            record with
            {
                Time = record.Time.ToOffset(TimeSpan.FromHours(2)),
                Before = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" }
            };

        Assert.Equal(record.Hash, AuditChain.Seal(same).Hash);
        // The form is for ever: stored records have to be verifiable by later versions.
        Assert.Equal("""{"seq":1,"time":"1970-01-02T00:00:00.0000000Z","actor":"operator","action":"thing.do","subject":"thing/a","before":{"a":"1","b":"2"},"request_id":"r","prev":"0000000000000000000000000000000000000000000000000000000000000000","hash":"56"}""",
            System.Text.Encoding.UTF8.GetString(AuditChain.Write(record with { Hash = "56" })));
    }

    private static List<AuditRecord> Chain(int length)
    {
        var records = new List<AuditRecord>();
        for (var seq = 1; seq <= length; seq++)
        {
            records.Add(AuditChain.Seal(new()
            {
                Seq = seq,
                Time = DateTimeOffset.UnixEpoch.AddDays(seq),
                Actor = "operator",
                Action = "thing.do",
                Subject = "thing/a",
                Before = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" },
                RequestId = "r",
                Prev = records.Count == 0 ? AuditChain.Start : records[^1].Hash,
                Hash = "",
            }));
        }

        return records;
    }
}
