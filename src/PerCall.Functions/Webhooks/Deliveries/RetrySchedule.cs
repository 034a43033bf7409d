using System.Globalization;
using System.Security.Cryptography;
using PerCall.Functions.Webhooks.Sending;

namespace PerCall.Functions.Webhooks.Deliveries;

/// <summary>Decides when a failed delivery is tried again.</summary>
public sealed class RetrySchedule(IReadOnlyList<TimeSpan> pauses)
{
    private const double MaxJitter = 0.2;
    private const int Grains = 1000;

    /// <summary>Five days plus jitter stays below the seven days for which a message can be hidden.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromDays(5);
    private static readonly TimeSpan LongestWish = TimeSpan.FromDays(1);

    public const string Rule = "durations of at most 5 days, separated by commas, for example 00:00:05,00:05:00,1.00:00:00.";

    /// <returns>The schedule; null: the text is not a valid schedule.</returns>
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

    /// <param name="tries">The attempts so far; 1 or more.</param>
    /// <param name="outcome">The outcome of the last attempt. A receiver's Retry-After is respected, up to a day.</param>
    /// <returns>The pause before the next attempt; null: there is no further attempt.</returns>
    public TimeSpan? PauseAfter(int tries, AttemptOutcome outcome)
    {
        if (tries > pauses.Count)
        {
            return null;
        }

        // Add jitter, so that receivers that failed together are not retried together.
        var pause = pauses[tries - 1] * (1 + (MaxJitter * RandomNumberGenerator.GetInt32(Grains) / Grains));
        var wish = outcome.RetryAfter is { } asked && asked < LongestWish ? asked : outcome.RetryAfter is null
            ? TimeSpan.Zero : LongestWish;
        return pause > wish ? pause : wish;
    }
}
