using Azure;
using Azure.Data.Tables;

namespace PerCall.Functions.Storage.Turns;

/// <summary>
/// Gives the rows of a <see cref="TrackedTable{T}"/> their turns: so many of an account at once, so many of each lane. Only a row with a
/// turn has a message in the queue, so nobody's message stands
/// behind thousands of another's, and no listener holds what cannot go on. Rows without one stand in line, each as <c>p|lane|time|id</c>
/// beside its row; whoever ends a turn gives it on. The
/// account's <see cref="TurnBoard"/> changes in one transaction with the row, so that a turn is not lost by a death; one whose row is not
/// heard of again lapses.
/// </summary>
/// <param name="rows">The rows.</param>
/// <param name="limits">Of each account.</param>
/// <param name="laneLimit">How many rows of an account's lane may have a turn now; 0: none.</param>
/// <param name="time">The clock.</param>
public sealed class TurnTable<T>(
    TrackedTable<T> rows, TurnLimits limits, Func<string, string, CancellationToken, Task<int>> laneLimit, TimeProvider time)
    where T : class, ITurnRow, new()
{
    private const string Prefix = "p|";
    private const string End = "p}";
    private const string Target = "Row";

    /// <summary>Lanes that are looked at for one turn; the next look goes on behind them.</summary>
    private const int MostLanes = 8;

    private readonly TableClient _table = rows.Client;

    /// <summary>How many rows of an account wait.</summary>
    public async Task<int> WaitingAsync(string account, CancellationToken cancellation) => (await ReadAsync(account, cancellation)).Waiting;

    /// <summary>Adds a row with a turn, or in line; <see cref="ITurnRow.Place"/> says which.</summary>
    /// <param name="row">The row.</param>
    /// <param name="full">Called when as many wait as may: changes the row, which is then added without turn or place, or throws.</param>
    /// <param name="beside">Written with it.</param>
    /// <param name="aliases">Names in <paramref name="beside"/> that another row may have.</param>
    /// <param name="cancellation">Ends the waiting for storage.</param>
    /// <returns>False: there is one of the same id, or of the same alias.</returns>
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
                // It stays so, whatever has come free since.
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

    /// <summary>Changes a row as one that has its turn, or as one that waits.</summary>
    /// <param name="row">As it was read.</param>
    /// <param name="until">How long it keeps the turn.</param>
    /// <param name="enter">Changes it when it has its turn.</param>
    /// <param name="wait">Changes it when it has to wait.</param>
    /// <param name="full">Called before when as many wait as may; null: it may wait all the same.</param>
    /// <param name="cancellation">Ends the waiting for storage.</param>
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
    /// Changes a row that wants no turn any more, and gives back the turn or the place that it has. <see cref="AdvanceAsync"/> gives it on.
    /// </summary>
    /// <returns>False: somebody else has changed the row.</returns>
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
    /// Gives turns to rows that wait, as long as there are any to give: to one lane after the other, in each to the one that has waited
    /// longest.
    /// </summary>
    /// <param name="account">Whose.</param>
    /// <param name="send">Sends the message of a row that has got its turn.</param>
    /// <param name="cancellation">Ends the waiting for storage.</param>
    public async Task AdvanceAsync(string account, Func<T, Task> send, CancellationToken cancellation)
    {
        while (true)
        {
            var board = await ReadAsync(account, cancellation);
            if (board.Waiting == 0 || board.Turns.Count >= limits.AtOnce)
            {
                return;
            }

            var before = board.LastLane;
            if (await NextAsync(board, account, cancellation) is not { } row)
            {
                if (board.LastLane != before)
                {
                    await TryWriteAsync(board, cancellation);
                }

                return;
            }

            row.LookAfter = time.GetUtcNow() + limits.Patience;
            Give(board, row, limits.Patience);
            if (await rows.TryReplaceAsync(row, cancellation, Move(board, row, null)))
            {
                await send(row);
            }
        }
    }

    /// <summary>Rows that stand in line since before a time.</summary>
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

    /// <summary>Removes the board of an account that has no turns and nobody in line.</summary>
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

    /// <summary>Who stands in line goes first, so a row enters from outside only while nobody does.</summary>
    private async Task<bool> MayEnterAsync(TurnBoard board, T row, CancellationToken cancellation)
    {
        if (board.Has(row.Id))
        {
            // The lane may have been closed since it got its turn.
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

    /// <summary>Moves a row to a place in line, or out of it.</summary>
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
            // Somebody else has moved on.
        }
    }

    private string PlaceOf(T row) => $"{Prefix}{row.Lane}|{SortedTime.Ascending(time.GetUtcNow())}|{row.Id}";

    private static string Between(string account, string after, string before) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {account} and RowKey gt {after} and RowKey lt {before}");
}
