namespace PerCall.Functions.Tenancy.Callers;

/// <summary>
/// The time at which a rejected key is answered: a whole multiple of a tenth of a second after arrival, so that the response time does not
/// reveal what was looked up.
/// </summary>
public static class RefusalTime
{
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <param name="time">The clock.</param>
    /// <param name="arrival">Its timestamp at the arrival of the request.</param>
    /// <param name="cancellation">Cancelled when the caller disconnects.</param>
    public static async Task WaitAsync(TimeProvider time, long arrival, CancellationToken cancellation)
    {
        var elapsed = time.GetElapsedTime(arrival);
        var answer = Step * (Math.Floor(elapsed / Step) + 1);
        // A timer may fire slightly early.
        while ((elapsed = time.GetElapsedTime(arrival)) < answer)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling((answer - elapsed).TotalMilliseconds)), time, cancellation);
        }
    }
}
