using System.Globalization;

namespace PerCall.StandIn.Answers;

/// <summary>Ids of answers.</summary>
internal static class Ids
{
    private static readonly string Process = Guid.NewGuid().ToString("n")[..12];
    private static long _last;

    /// <summary>The time of all answers, in seconds since 1970.</summary>
    public static long Created { get; } = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    public static string Next(string prefix) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}{Process}{Interlocked.Increment(ref _last):x8}");
}
