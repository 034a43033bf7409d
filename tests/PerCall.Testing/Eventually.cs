namespace PerCall.Testing;

/// <summary>Waits for a condition that no line of output announces.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns when <paramref name="condition"/> holds; fails when it does not come to.</summary>
    /// <param name="condition">What is asked again and again.</param>
    /// <param name="what">How the failure names it.</param>
    /// <param name="services">Whose output the failure shows.</param>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, params ServiceProcess[] services)
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
                var output = services.Select(s => $"\n\nProcess {s.Id}:\n{s.Report}");
                throw new TimeoutException($"It did not come true in {ProcessOutput.Patience}: {what}{string.Concat(output)}");
            }
        }
    }
}
