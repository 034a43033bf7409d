namespace PerCall.Testing;

/// <summary>Waits for a condition that no line of output announces.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Returns when <paramref name="condition"/> holds; fails when it does not within <see cref="ProcessOutput.Patience"/>.
    /// </summary>
    /// <param name="condition">Asked again and again.</param>
    /// <param name="what">The condition, as the failure names it.</param>
    /// <param name="services">Processes whose output and storage the failure shows; none: every storage that runs.</param>
    public static Task HoldsAsync(Func<Task<bool>> condition, string what, params ServiceProcess[] services) =>
        ComesToAsync(condition, holds => holds, what, services);

    /// <summary>
    /// Returns the first state that is wanted; fails when the state has not changed for <see cref="ProcessOutput.Patience"/>, however long
    /// it takes in all.
    /// </summary>
    /// <param name="read">Reads the state, again and again.</param>
    /// <param name="isWanted">Whether the state is wanted.</param>
    /// <param name="what">The wanted state, as the failure names it.</param>
    /// <param name="services">Processes whose output and storage the failure shows; none: every storage that runs.</param>
    public static async Task<T> ComesToAsync<T>(Func<Task<T>> read, Func<T, bool> isWanted, string what, params ServiceProcess[] services)
        where T : notnull
    {
        var (last, changed) = (default(T), TimeProvider.System.GetTimestamp());
        while (true)
        {
            var state = await read();
            if (isWanted(state))
            {
                return state;
            }

            if (last is null || !last.Equals(state))
            {
                (last, changed) = (state, TimeProvider.System.GetTimestamp());
            }
            else if (TimeProvider.System.GetElapsedTime(changed) > ProcessOutput.Patience)
            {
                throw new TimeoutException(
                    $"Nothing changed for {ProcessOutput.Patience.TotalSeconds} s. Waited for: {what}. Last state: {state}.{await FailureReport.WriteAsync(services)}");
            }

            await Task.Delay(Interval, TimeProvider.System);
        }
    }
}
