using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using PerCall.Client.Wire;

namespace PerCall.Client;

/// <summary>
/// The chain that the records of management make. A record's hash covers the record and, by <see cref="AuditRecord.Prev"/>, all before it,
/// so nothing before the last record can be changed, removed or moved without the change being seen, by anybody who has the records.
/// </summary>
public static class AuditChain
{
    /// <summary>What stands for the hash before the first record.</summary>
    public static string Start { get; } = new('0', 64);

    /// <summary>Goes through records in the order they are stored in, to the first fault.</summary>
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

    /// <summary>The record with the hash it has to have.</summary>
    public static AuditRecord Seal(AuditRecord record) => record with { Hash = HashOf(record) };

    /// <summary>The one way in which a record is written: members in this order, those of maps by their names, time in UTC with seven digits.</summary>
    public static byte[] Write(AuditRecord record) => Write(record, withHash: true);

    /// <summary>Stands for a line that is no record, or not written as <see cref="Write(AuditRecord)"/> does.</summary>
    public static AuditRecord Unreadable(long place) =>
        new() { Seq = place, Time = default, Actor = "", Action = "unreadable", Subject = "", Prev = "", Hash = "" };

    private static AuditFault? FaultOf(AuditRecord record, long place, string prev)
    {
        if (record.Hash.Length == 0)
        {
            return new(place, "The stored line is not a record as the service writes it.");
        }

        if (record.Seq != place)
        {
            return new(place, $"Record {place} is expected here, and this is record {record.Seq}.");
        }

        if (record.Prev != prev)
        {
            return new(place, "It does not follow from the record before it.");
        }

        return record.Hash == HashOf(record) ? null : new(place, "Its hash is not that of what it says.");
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
