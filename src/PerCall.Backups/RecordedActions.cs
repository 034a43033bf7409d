using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using PerCall.Client.Wire;

namespace PerCall.Backups;

/// <summary>
/// The management actions in the audit log, as far as they matter for a restore. What takes access away is done again on the restored rows:
/// erasures, revoked and shortened keys, suspended tenants. All other actions after the backup are only reported.
/// </summary>
public sealed partial class RecordedActions
{
    /// <summary>The container of the audit log.</summary>
    public const string Container = "audit";

    private const string Tenants = "tenants";
    private const string Keys = "keys";
    private const string KeyRow = "key";
    private const string RevokedAt = "RevokedAt";
    private const string Operators = "operators";
    private const string Erase = "tenant.erase";
    private const string Failed = ".failed";

    // The erased tenants' ids, and their accounts.
    private readonly HashSet<string> _erased = new(StringComparer.Ordinal);
    private readonly HashSet<string> _erasedAccounts = new(StringComparer.Ordinal);
    // By the key's id: columns with their new times.
    private readonly Dictionary<string, Dictionary<string, DateTimeOffset>> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _operators = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _statuses = new(StringComparer.Ordinal);
    private readonly List<AuditRecord> _others = [];
    private readonly HashSet<string> _applied = new(StringComparer.Ordinal);

    /// <summary>What was done again on restored rows, as sentences, sorted.</summary>
    public IReadOnlyList<string> Applied
    {
        get
        {
            lock (_applied)
            {
                return [.. _applied.Order(StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Actions since the backup began that the restored tables may lack, in order. They have to be checked and repeated.</summary>
    public IReadOnlyList<AuditRecord> Others => _others;

    /// <summary>The number of lines that are not records. What they recorded cannot be done again.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Reads the audit log.</summary>
    /// <param name="audit">The container of the audit log.</param>
    /// <param name="since">When the backup began.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="RestoreException">There is no such container.</exception>
    public static async Task<RecordedActions> ReadAsync(
        BlobContainerClient audit, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var actions = new RecordedActions();
        try
        {
            var names = await audit.GetBlobsAsync(cancellationToken: cancellationToken).Select(b => b.Name).ToListAsync(cancellationToken);
            foreach (var name in names.Order(StringComparer.Ordinal))
            {
                using var content = (await audit.GetBlobClient(name).DownloadStreamingAsync(cancellationToken: cancellationToken)).Value;
                using var reader = new StreamReader(content.Content, Encoding.UTF8);
                while (await reader.ReadLineAsync(cancellationToken) is { } line)
                {
                    actions.Add(line, since);
                }
            }
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            throw new RestoreException(
                $"The container '{Container}' with the record of management is missing. Without it, erased tenants and revoked keys would "
                    + "come back.");
        }

        return actions;
    }

    /// <summary>Returns a row as it has to be restored; null: the row must not come back.</summary>
    /// <param name="table">The row's table.</param>
    /// <param name="row">The row in the backup; it can be changed.</param>
    public TableEntity? Apply(string table, TableEntity row)
    {
        if (table == Tenants)
        {
            return ApplyToTenant(row);
        }

        // An account's id is random and long, so a row that has it in any column is the account's.
        if (row.Select(p => p.Value).OfType<string>().Any(HasErasedAccount))
        {
            return null;
        }

        if (table == Keys && row.RowKey == KeyRow && _keys.TryGetValue(row.PartitionKey, out var times))
        {
            foreach (var (column, at) in times)
            {
                row[column] = at;
                Report($"key {row.PartitionKey} {(column == RevokedAt ? "revoked" : "expires")} at {Text(at)}");
            }
        }

        if (table == Operators && _operators.TryGetValue(row.RowKey, out var revoked))
        {
            (row[RevokedAt], row["Live"]) = (revoked, false);
            Report($"operator {row.RowKey} revoked at {Text(revoked)}");
        }

        return row;
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>Reads a time of a record; null: the record lacks it, or it is not a time, which counts as unreadable.</summary>
    private DateTimeOffset? TimeOf(AuditRecord record, string member)
    {
        if (record.After?.GetValueOrDefault(member) is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return time;
        }

        Unreadable++;
        return null;
    }

    private TableEntity ApplyToTenant(TableEntity row)
    {
        // Not as erased, because the record is written before the erasure: it may have been interrupted, and blobs may be left.
        if (_erased.Contains(row.RowKey) && row.GetString("Status") != "erased")
        {
            Report($"tenant {row.RowKey} is being erased; repeat the DELETE to finish it");
            row["Status"] = "erasing";
        }
        else if (_statuses.TryGetValue(row.RowKey, out var status) && row.GetString("Status") != status)
        {
            Report($"tenant {row.RowKey} is {status}");
            row["Status"] = status;
        }

        return row;
    }

    private void Add(string line, DateTimeOffset since)
    {
        AuditRecord? record;
        try
        {
            record = JsonSerializer.Deserialize(line, WireJson.Default.AuditRecord);
        }
        catch (JsonException)
        {
            record = null;
        }

        if (record is null)
        {
            Unreadable++;
            return;
        }

        var id = record.Subject[(record.Subject.IndexOf('/', StringComparison.Ordinal) + 1)..];
        switch (record.Action)
        {
            // An erased id is never given again, so erasures before the backup count too.
            case Erase or Erase + Failed when record.Before?.TryGetValue("account", out var account) == true:
                _erased.Add(id);
                _erasedAccounts.Add(account);
                break;
            case "key.revoke" or "key.expire" when record.Time >= since:
                _keys[id] = new(StringComparer.Ordinal);
                foreach (var (member, column) in ((string, string)[])[("revoked_at", RevokedAt), ("expires_at", "ExpiresAt")])
                {
                    if (TimeOf(record, member) is { } at)
                    {
                        _keys[id][column] = at;
                    }
                }

                break;
            case "operator.revoke" when record.Time >= since:
                _operators[id] = TimeOf(record, "revoked_at") ?? record.Time;
                break;
            case "operator.refuse" or "operator.deny":
                break;
            case "tenant.change" when record.Time >= since && record.After is { } after && after.TryGetValue("status", out var status):
                _statuses[id] = status;
                if (record.Before?.GetValueOrDefault("plan") != after.GetValueOrDefault("plan")
                    || after.GetValueOrDefault("renamed") == "yes")
                {
                    _others.Add(record);
                }

                break;
            case "tenant.change" + Failed when record.Time >= since && record.Before?.TryGetValue("status", out var before) == true:
                _statuses[id] = before;
                _others.Add(record);
                break;
            default:
                if (record.Time >= since && record.Action.Split('.')[0] is "tenant" or "key" or "plan" or "operator")
                {
                    _others.Add(record);
                }

                break;
        }
    }

    private bool HasErasedAccount(string text)
    {
        foreach (var found in Account().EnumerateMatches(text))
        {
            if (_erasedAccounts.Contains(text.Substring(found.Index, found.Length)))
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex("acc_[a-z2-7]{20}")]
    private static partial Regex Account();

    private void Report(string applied)
    {
        lock (_applied)
        {
            _applied.Add(applied);
        }
    }
}
