using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Storage.Turns;

/// <summary>
/// Grants turns to the rows of a <see cref="TrackedTable{T}"/>: a limited number per account and per lane. Only a row with a turn has a
/// message in the queue. An account's messages therefore never wait behind thousands of another account's, and a listener never holds a
/// message that cannot proceed.
/// </summary>
/// <remarks>
/// Rows without a turn wait in line, each with an entry <c>p|lane|time|id</c>. Whoever ends a turn passes it on. The account's
/// <see cref="TurnBoard"/> changes in one transaction with the row, so a crash cannot lose a turn. A turn that its row does not renew
/// expires.
/// </remarks>
/// <param name="rows">The rows.</param>
/// <param name="limits">The limits per account.</param>
/// <param name="laneLimit">Current maximum number of turns for an account's lane; 0 closes the lane.</param>
/// <param name="time">The clock.</param>
public sealed class TurnTable<T>(
    TrackedTable<T> rows, TurnLimits limits, Func<string, string, CancellationToken, Task<int>> laneLimit, TimeProvider time)
    where T : class, ITurnRow, new()
{
    private const string Prefix = "p|";
    private const string End = "p}";
    private const string Target = "Row";

    /// <summary>Maximum number of lanes to examine for one turn. The next search continues after them.</summary>
    private const int MostLanes = 8;

    private readonly TableClient _table = rows.Client;

    /// <summary>Returns the number of an account's rows that wait.</summary>
    public async Task<int> WaitingAsync(string account, CancellationToken cancellation) => (await ReadAsync(account, cancellation)).Waiting;

    /// <summary>Adds a row with a turn, or in line; <see cref="ITurnRow.Place"/> says which.</summary>
    /// <param name="row">The row.</param>
    /// <param name="full">Called when the line is full. Throws, or changes the row, which is then added without a turn or place.</param>
    /// <param name="beside">Entries to write in the same transaction.</param>
    /// <param name="aliases">Names in <paramref name="beside"/> that another row may have.</param>
    /// <param name="cancellation">Cancels the requests to storage.</param>
    /// <returns>False when the id or an alias is in use.</returns>
    public async Task<bool> TryAddAsync(
        T row, Action full, IReadOnlyList<TableTransactionAction> beside, IEnumerable<string> aliases, CancellationToken cancellation)
    {
        var (look, refused) = (row.LookAfter, false);
        while (true)
        {
            var board = await ReadAsync(row.PartitionKey, cancellation);
            List<TableTransactionAction> actions = [.. beside];
            if (refused)
            {
                // The row stays as it is, even if a place has become free since.
            }
            else if (await MayEnterAsync(board, row, cancellation))
            {
                row.LookAfter = look;
                Give(board, row, limits.Patience);
                actions.Add(board.Write());
            }
            else if (board.Waiting < limits.Waiting)
            {
                row.LookAfter = null;
                actions.AddRange(Move(board, row, PlaceOf(row)));
            }
            else
            {
                row.LookAfter = look;
                full();
                refused = true;
            }

            if (await rows.TryAddAsync(row, actions, cancellation))
            {
                return true;
            }

            if (await rows.FindAsync(row.PartitionKey, row.Id, cancellation) is not null)
            {
                return false;
            }

            foreach (var alias in aliases)
            {
                if (await rows.FindByAliasAsync(row.PartitionKey, alias, cancellation) is not null)
                {
                    return false;
                }
            }

            row.Place = null;
        }
    }

    /// <summary>Changes a row to one that has its turn, or to one that waits.</summary>
    /// <param name="row">The row as it was read.</param>
    /// <param name="until">How long the row keeps its turn.</param>
    /// <param name="enter">Changes the row when it gets its turn.</param>
    /// <param name="wait">Changes the row when it has to wait.</param>
    /// <param name="full">Called before <paramref name="wait"/> when the line is full; null when the row may wait regardless.</param>
    /// <param name="cancellation">Cancels the requests to storage.</param>
    public async Task<Entrance> TryEnterAsync(
        T row, TimeSpan until, Action enter, Action wait, Action? full, CancellationToken cancellation)
    {
        var (board, before) = (await ReadAsync(row.PartitionKey, cancellation), row.Place);
        var enters = await MayEnterAsync(board, row, cancellation);
        if (enters)
        {
            enter();
            Give(board, row, until);
        }
        else
        {
            if (full is not null && board.Waiting >= limits.Waiting)
            {
                full();
            }

            wait();
            row.LookAfter = null;
            board.Take(row.Id);
        }

        var done = await rows.TryReplaceAsync(row, cancellation, Move(board, row, enters ? null : row.Place ?? PlaceOf(row)));
        if (!done)
        {
            row.Place = before;
        }

        return !done ? Entrance.Changed : enters ? Entrance.Entered : Entrance.Waits;
    }

    /// <summary>
    /// Changes a row that no longer needs a turn, and releases its turn or its place. <see cref="AdvanceAsync"/> passes the turn on.
    /// </summary>
    /// <returns>False on a conflict: the row has changed.</returns>
    public async Task<bool> TryLeaveAsync(T row, CancellationToken cancellation, params IReadOnlyList<TableTransactionAction> beside)
    {
        var before = row.Place;
        while (true)
        {
            var board = await ReadAsync(row.PartitionKey, cancellation);
            var had = board.Take(row.Id) || before is not null;
            if (await rows.TryReplaceAsync(row, cancellation, had ? [.. beside, .. Move(board, row, null)] : beside))
            {
                return true;
            }

            row.Place = before;
            if (!had || (await ReadAsync(row.PartitionKey, cancellation)).ETag == board.ETag)
            {
                return false;
            }
        }
    }

    /// <summary>
    /// Grants free turns to waiting rows: to one lane after the other, and within a lane to the row that has waited longest.
    /// </summary>
    /// <param name="account">The account.</param>
    /// <param name="send">Sends the message of a row that has got its turn.</param>
    /// <param name="cancellation">Cancels the requests to storage.</param>
    /// <returns>When the first turn expires for which a row waits; null: no row waits for one.</returns>
    public async Task<DateTimeOffset?> AdvanceAsync(string account, Func<T, Task> send, CancellationToken cancellation)
    {
        while (true)
        {
            var board = await ReadAsync(account, cancellation);
            DateTimeOffset? expiry = board.Waiting == 0 || board.Turns.Count == 0 ? null : board.Turns.Min(t => t.Until);
            if (board.Waiting == 0 || board.Turns.Count >= limits.AtOnce)
            {
                return expiry;
            }

            var before = board.LastLane;
            if (await NextAsync(board, account, cancellation) is not { } row)
            {
                if (board.LastLane != before)
                {
                    await TryWriteAsync(board, cancellation);
                }

                return expiry;
            }

            row.LookAfter = time.GetUtcNow() + limits.Patience;
            Give(board, row, limits.Patience);
            if (await rows.TryReplaceAsync(row, cancellation, Move(board, row, null)))
            {
                await send(row);
            }
        }
    }

    /// <summary>Lists rows that have waited in line since before a time.</summary>
    public async IAsyncEnumerable<T> WaitingSinceAsync(
        string account, DateTimeOffset before, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var place in _table.QueryAsync<TableEntity>(Between(account, Prefix, End), cancellationToken: cancellation))
        {
            if (string.CompareOrdinal(place.RowKey.Split('|')[2], SortedTime.Ascending(before)) < 0
                && await FindAsync(place, cancellation) is { } row)
            {
                yield return row;
            }
        }
    }

    /// <summary>Removes the board of an account without turns and waiting rows.</summary>
    public async Task ForgetAsync(string account, CancellationToken cancellation)
    {
        var board = await ReadAsync(account, cancellation);
        if (board.ETag != default && board is { Waiting: 0, Turns.Count: 0 })
        {
            try
            {
                await _table.DeleteEntityAsync(account, TurnBoard.Key, board.ETag, cancellation);
            }
            catch (RequestFailedException e) when (e.IsChangedOrGone())
            {
                // The account has work again.
            }
        }
    }

    private Task<TurnBoard> ReadAsync(string account, CancellationToken cancellation) =>
        TurnBoard.ReadAsync(_table, account, time.GetUtcNow(), cancellation);

    private void Give(TurnBoard board, T row, TimeSpan until)
    {
        board.Give(new(row.Id, row.Lane, time.GetUtcNow() + until));
        board.LastLane = row.Lane;
    }

    /// <summary>Whether the row may take or keep a turn. Waiting rows go first, so a new row enters only when the line is empty.</summary>
    private async Task<bool> MayEnterAsync(TurnBoard board, T row, CancellationToken cancellation)
    {
        if (board.Has(row.Id))
        {
            // The lane may have been closed since the row got its turn.
            return await laneLimit(row.PartitionKey, row.Lane, cancellation) >= board.CountOf(row.Lane);
        }

        return board.Waiting == 0 && board.Turns.Count < limits.AtOnce
            && await laneLimit(row.PartitionKey, row.Lane, cancellation) > board.CountOf(row.Lane);
    }

    private async Task<T?> NextAsync(TurnBoard board, string account, CancellationToken cancellation)
    {
        var (first, isAround) = (board.LastLane, false);
        for (var looked = 0; looked < MostLanes;)
        {
            var behind = board.LastLane is null || (isAround && looked == 0) ? Prefix : $"{Prefix}{board.LastLane}}}";
            var place = await _table.QueryAsync<TableEntity>(Between(account, behind, End), maxPerPage: 1, cancellationToken: cancellation)
                .FirstOrDefaultAsync(cancellation);
            var lane = place?.RowKey.Split('|')[1];
            if (lane is null || (isAround && string.CompareOrdinal(lane, first) > 0))
            {
                if (isAround)
                {
                    return null;
                }

                (isAround, looked) = (true, 0);
                continue;
            }

            board.LastLane = lane;
            looked++;
            if (await laneLimit(account, lane, cancellation) > board.CountOf(lane)
                && await FindAsync(place!, cancellation) is { } row && row.Place == place!.RowKey)
            {
                return row;
            }
        }

        return null;
    }

    private async Task<T?> FindAsync(TableEntity place, CancellationToken cancellation) =>
        await _table.GetEntityIfExistsAsync<T>(place.PartitionKey, place.GetString(Target), cancellationToken: cancellation)
            is { HasValue: true, Value: { } row } ? row : null;

    /// <summary>Moves a row into the line, or out of it.</summary>
    private static List<TableTransactionAction> Move(TurnBoard board, T row, string? place)
    {
        var before = row.Place;
        row.Place = place;
        List<TableTransactionAction> actions = [];
        if (before != place)
        {
            if (before is not null)
            {
                board.Waiting--;
                actions.Add(new(TableTransactionActionType.Delete, new TableEntity(row.PartitionKey, before), ETag.All));
            }

            if (place is not null)
            {
                board.Waiting++;
                var entity = new TableEntity(row.PartitionKey, place) { [Target] = TrackedTable<T>.KeyOf(row) };
                actions.Add(new(TableTransactionActionType.Add, entity));
            }
        }

        actions.Add(board.Write());
        return actions;
    }

    private async Task TryWriteAsync(TurnBoard board, CancellationToken cancellation)
    {
        try
        {
            await _table.SubmitTransactionAsync([board.Write()], cancellation);
        }
        catch (RequestFailedException e) when (e.IsWriteConflictOrGone())
        {
            // Another writer has passed the turn on.
        }
    }

    private string PlaceOf(T row) => $"{Prefix}{row.Lane}|{SortedTime.Ascending(time.GetUtcNow())}|{row.Id}";

    private static string Between(string account, string after, string before) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {account} and RowKey gt {after} and RowKey lt {before}");
}
