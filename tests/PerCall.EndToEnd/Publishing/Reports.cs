namespace PerCall.EndToEnd.Publishing;

/// <summary>Gets reports of progress on the thread that makes them, in order.</summary>
internal sealed class Reports<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
