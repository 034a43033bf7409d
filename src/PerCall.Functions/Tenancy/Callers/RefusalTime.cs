namespace PerCall.Functions.Tenancy.Callers;

/// <summary>
/// When a refused key is told so: at whole tenths of a second after its arrival, so that the time says nothing of what was looked up.
/// </summary>
public static class RefusalTime
{
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <param name="time">The clock.</param>
    /// <param name="arrival">Its timestamp at the arrival.</param>
    /// <param name="cancellation">The caller has gone.</param>
    public static async Task WaitAsync(TimeProvider time, long arrival, CancellationToken cancellation)
    {
        var elapsed = time.GetElapsedTime(arrival);
        var answer = Step * (Math.Floor(elapsed / Step) + 1);
        // A timer may come a little early.
        while ((elapsed = time.GetElapsedTime(arrival)) < answer)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling((answer - elapsed).TotalMilliseconds)), time, cancellation);
        }
    }
}
