namespace PerCall.Testing;

/// <summary>Waits for a condition that no line of output announces.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns when <paramref name="condition"/> holds; fails when it does not come to.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        using var bounded = new CancellationTokenSource(ProcessOutput.Patience);
        while (!await condition())
        {
            try
            {
                await Task.Delay(Interval, TimeProvider.System, bounded.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"It did not come true in {ProcessOutput.Patience}: {what}");
            }
        }
    }
}
