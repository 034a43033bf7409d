namespace PerCall.Hosting.TestApp;

/// <summary>Holds a function until its test makes a file in the current folder.</summary>
internal static class Gate
{
    public static async Task WaitAsync(string name, CancellationToken cancellationToken)
    {
        while (!File.Exists(name))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        }
    }
}
