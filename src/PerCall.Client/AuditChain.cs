using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <summary>
/// The hash chain of the audit records. A record's hash covers the record and, through <see cref="AuditRecord.Prev"/>, all records before
/// it. So anyone who has the records can detect a change, removal or move of any record before the last.
/// </summary>
public static class AuditChain
{
    /// <summary>The value of <see cref="AuditRecord.Prev"/> in the first record.</summary>
    public static string Start { get; } = new('0', 64);

    /// <summary>Verifies records in stored order, up to the first fault.</summary>
    public static AuditVerification Verify(IEnumerable<AuditRecord> records)
    {
        var (count, prev) = (0L, Start);
        AuditFault? fault = null;
        foreach (var record in records)
        {
            count++;
            fault ??= FaultOf(record, count, prev);
            prev = record.Hash;
        }

        return new(count, fault is null, prev, fault);
    }

    /// <summary>Returns the record with its hash set.</summary>
    public static AuditRecord Seal(AuditRecord record) => record with { Hash = HashOf(record) };

    /// <summary>
    /// The canonical form of a record: members in this order, map entries sorted by name, times in UTC with seven decimals.
    /// </summary>
    public static byte[] Write(AuditRecord record) => Write(record, withHash: true);

    /// <summary>A placeholder for a line that is not a record in the form of <see cref="Write(AuditRecord)"/>.</summary>
    public static AuditRecord Unreadable(long place) =>
        new() { Seq = place, Time = default, Actor = "", Action = "unreadable", Subject = "", Prev = "", Hash = "" };

    private static AuditFault? FaultOf(AuditRecord record, long place, string prev)
    {
        if (record.Hash.Length == 0)
        {
            return new(place, "The stored line is not in the format that the service writes.");
        }

        if (record.Seq != place)
        {
            return new(place, $"Expected record {place}, found record {record.Seq}.");
        }

        if (record.Prev != prev)
        {
            return new(place, "The record does not continue the chain: 'prev' differs from the hash of the record before it.");
        }

        return record.Hash == HashOf(record) ? null : new(place, "The record's hash does not match its content.");
    }

    private static string HashOf(AuditRecord record) => Convert.ToHexStringLower(SHA256.HashData(Write(record, withHash: false)));

    private static byte[] Write(AuditRecord record, bool withHash)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("seq"u8, record.Seq);
            json.WriteString("time"u8, record.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture));
            json.WriteString("actor"u8, record.Actor);
            json.WriteString("action"u8, record.Action);
            json.WriteString("subject"u8, record.Subject);
            WriteMap(json, "before", record.Before);
            WriteMap(json, "after", record.After);
            if (record.RequestId is { } request)
            {
                json.WriteString("request_id"u8, request);
            }

            json.WriteString("prev"u8, record.Prev);
            if (withHash)
            {
                json.WriteString("hash"u8, record.Hash);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteMap(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string>? map)
    {
        if (map is null)
        {
            return;
        }

        json.WriteStartObject(name);
        foreach (var (key, value) in map.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }
}
