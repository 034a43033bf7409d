using System.Globalization;
using System.Security.Cryptography;
using PerCall.Functions.Webhooks.Sending;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>When a delivery that has failed is tried again.</summary>
public sealed class RetrySchedule(IReadOnlyList<TimeSpan> pauses)
{
    private const double MaxJitter = 0.2;
    private const int Grains = 1000;

    /// <summary>Five days, so that with the jitter it stays below the seven that a message can be hidden for.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(5);
    private static readonly TimeSpan LongestWish = TimeSpan.FromDays(1);

    public const string Rule = "durations of at most 5 days, separated by commas, for example 00:00:05,00:05:00,1.00:00:00.";

    /// <returns>Null where the text is no schedule.</returns>
    public static RetrySchedule? Parse(string text)
    {
        var pauses = new List<TimeSpan>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!TimeSpan.TryParse(part, CultureInfo.InvariantCulture, out var pause) || pause < TimeSpan.Zero || pause > LongestPause)
            {
                return null;
            }

            pauses.Add(pause);
        }

        return new(pauses);
    }

    /// <param name="tries">Attempts so far, 1 or more.</param>
    /// <param name="outcome">Of the last. What a receiver asks for by Retry-After is waited for, up to a day.</param>
    /// <returns>Null where there is to be no further one.</returns>
    public TimeSpan? PauseAfter(int tries, AttemptOutcome outcome)
    {
        if (tries > pauses.Count)
        {
            return null;
        }

        // Receivers that failed together are not tried again together.
        var pause = pauses[tries - 1] * (1 + (MaxJitter * RandomNumberGenerator.GetInt32(Grains) / Grains));
        var wish = outcome.RetryAfter is { } asked && asked < LongestWish ? asked : outcome.RetryAfter is null
            ? TimeSpan.Zero : LongestWish;
        return pause > wish ? pause : wish;
    }
}
