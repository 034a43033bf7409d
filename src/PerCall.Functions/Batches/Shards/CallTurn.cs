namespace PerCall.Functions.Batches.Shards;

/// <summary>One turn of a shard of calls: how long it may send calls, and when to go on after it.</summary>
/// <param name="time">The clock.</param>
/// <param name="length">How long the shard sends calls.</param>
/// <param name="patience">The longest wait for the provider within the turn.</param>
public sealed class CallTurn(TimeProvider time, TimeSpan length, TimeSpan patience)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    private readonly long _started = time.GetTimestamp();
    private volatile bool _isOver;
    private long _restTicks;

    /// <summary>Whether no further call starts in this turn.</summary>
    public bool IsOver => _isOver || time.GetElapsedTime(_started) >= length;

    /// <summary>How long to wait before the next turn.</summary>
    public TimeSpan Rest => TimeSpan.FromTicks(Interlocked.Read(ref _restTicks));

    /// <summary>Waits until a call can be sent again.</summary>
    /// <param name="retryAfter">How long the provider asks to wait; null: it does not say.</param>
    /// <param name="tries">How often the call has failed in this turn.</param>
    /// <param name="mayEnd">Whether the turn may end instead.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <returns>False: the turn is over.</returns>
    public async Task<bool> WaitAsync(TimeSpan? retryAfter, int tries, bool mayEnd, CancellationToken cancellation)
    {
        var pause = Min(retryAfter ?? Min(FirstPause * Math.Pow(2, Math.Min(tries, 10)), patience), LongestRest);
        if (mayEnd && pause > patience)
        {
            End(pause);
        }

        if (mayEnd && IsOver)
        {
            return false;
        }

        await Task.Delay(pause, time, cancellation);
        return true;
    }

    private void End(TimeSpan rest)
    {
        while (Interlocked.Read(ref _restTicks) is var known && known < rest.Ticks
            && Interlocked.CompareExchange(ref _restTicks, rest.Ticks, known) != known)
        {
        }

        _isOver = true;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
