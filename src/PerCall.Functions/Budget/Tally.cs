namespace PerCall.Functions.Budget;

/// <summary>The sums of the charges with one lease number. Guarded by <see cref="LeaseExchange.Gate"/>.</summary>
public sealed class Tally(long seq)
{
    private TaskCompletionSource? _drained;
    private int _pending;

    public long Seq => seq;

    /// <summary>The charges that are in the journal.</summary>
    public Amounts Durable { get; } = new();

    /// <summary>The charges that are being written to the journal.</summary>
    public Amounts OnTheWay { get; } = new();

    public long MoneyLocked => Durable.Money + OnTheWay.Money;

    public long FreeOfLocked(string unit) => Durable.FreeOf(unit) + OnTheWay.FreeOf(unit);

    /// <summary>Begins a charge. Its amounts are added to <see cref="OnTheWay"/>.</summary>
    public void BeginLocked() => _pending++;

    /// <summary>Ends a charge. Its amounts are in <see cref="Durable"/>, or it was not written.</summary>
    public void EndLocked()
    {
        if (--_pending == 0)
        {
            _drained?.TrySetResult();
        }
    }

    /// <summary>Completes when no charge is pending. Call it only when no more charges are added.</summary>
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
