using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Storage.Turns;

/// <summary>A granted turn.</summary>
/// <param name="Id">The id of the row that has it.</param>
/// <param name="Lane">The row's lane.</param>
/// <param name="Until">When it expires unless the row renews it.</param>
public sealed record Turn(string Id, string Lane, DateTimeOffset Until);

/// <summary>
/// The turns of an account's rows, and the number of rows that wait. It is stored in a row beside them and changes with them in one
/// transaction.
/// </summary>
public sealed class TurnBoard
{
    public const string Key = "q";

    private readonly TableEntity _entity;
    private readonly bool _exists;
    private readonly List<Turn> _turns;

    private TurnBoard(TableEntity entity, bool exists, DateTimeOffset now)
    {
        (_entity, _exists) = (entity, exists);
        var given = entity.GetString(nameof(Turns)) is { } text ? JsonSerializer.Deserialize(text, TurnJson.Default.ListTurn)! : [];
        _turns = [.. given.Where(t => t.Until > now)];
    }

    /// <summary>The turns that have not expired.</summary>
    public IReadOnlyList<Turn> Turns => _turns;

    /// <summary>Number of rows that wait.</summary>
    public int Waiting
    {
        get => _entity.GetInt32(nameof(Waiting)) ?? 0;
        set => _entity[nameof(Waiting)] = value;
    }

    /// <summary>The lane that got the last turn from the line; the lane after it is next. Null when no lane has had one.</summary>
    public string? LastLane
    {
        get => _entity.GetString(nameof(LastLane));
        set => _entity[nameof(LastLane)] = value;
    }

    public ETag ETag => _exists ? _entity.ETag : default;

    public static async Task<TurnBoard> ReadAsync(TableClient table, string account, DateTimeOffset now, CancellationToken cancellation) =>
        await table.GetEntityIfExistsAsync<TableEntity>(account, Key, cancellationToken: cancellation)
            is { HasValue: true, Value: { } entity }
            ? new(entity, exists: true, now)
            : new(new TableEntity(account, Key), exists: false, now);

    public bool Has(string id) => _turns.Exists(t => t.Id == id);

    public int CountOf(string lane) => _turns.Count(t => t.Lane == lane);

    public void Give(Turn turn)
    {
        Take(turn.Id);
        _turns.Add(turn);
    }

    public bool Take(string id) => _turns.RemoveAll(t => t.Id == id) > 0;

    /// <summary>Returns the write of its current state, conditional on no change since it was read.</summary>
    public TableTransactionAction Write()
    {
        _entity[nameof(Turns)] = JsonSerializer.Serialize(_turns, TurnJson.Default.ListTurn);
        return _exists
            ? new(TableTransactionActionType.UpdateReplace, _entity, _entity.ETag)
            : new(TableTransactionActionType.Add, _entity);
    }
}

[JsonSerializable(typeof(List<Turn>))]
public sealed partial class TurnJson : JsonSerializerContext;
