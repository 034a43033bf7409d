namespace PerCall.Functions.Budget;

/// <summary>Charges with one number. Guarded by <see cref="LeaseExchange.Gate"/>.</summary>
public sealed class Tally(long seq)
{
    private TaskCompletionSource? _drained;
    private int _pending;

    public long Seq => seq;

    /// <summary>In the journal.</summary>
    public Amounts Durable { get; } = new();

    /// <summary>On the way to the journal.</summary>
    public Amounts OnTheWay { get; } = new();

    public long MoneyLocked => Durable.Money + OnTheWay.Money;

    public long FreeOfLocked(string unit) => Durable.FreeOf(unit) + OnTheWay.FreeOf(unit);

    public void BeginLocked(string unit, long free, long money)
    {
        _pending++;
        OnTheWay.Add(unit, free, money);
    }

    public void EndLocked(string unit, long free, long money)
    {
        OnTheWay.Add(unit, -free, -money);
        if (--_pending == 0)
        {
            _drained?.TrySetResult();
        }
    }

    /// <summary>Comes true when nothing is on the way; to be asked once no more is added.</summary>
    public Task DrainedLockedAsync()
    {
        if (_pending == 0)
        {
            return Task.CompletedTask;
        }

        _drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        return _drained.Task;
    }
}
