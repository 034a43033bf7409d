using System.CommandLine;
using PerCall.Training.Ratings;

namespace PerCall.Training.Commands;

/// <summary>The options that name ratings.</summary>
internal sealed class RatingInput
{
    public Option<FileInfo> Ratings { get; } = new("--ratings") { Description = "CSV, or JSON Lines (.jsonl): user, item[, rating][, timestamp].", Required = true };

    public Option<float?> MinRating { get; } = new("--min-rating") { Description = "The lowest rating that can be given; without it the lowest of the file." };

    public Option<float?> MaxRating { get; } = new("--max-rating") { Description = "The highest rating that can be given; without it the highest of the file." };

    public RatingSet Read(ParseResult parsed, TrainingLog log)
    {
        var (min, max) = (parsed.GetValue(MinRating), parsed.GetValue(MaxRating));
        if (min is null != max is null || min >= max)
        {
            throw new TrainingException($"--min-rating is {Show(min)} and --max-rating is {Show(max)}; both or neither are expected, the lower one first.");
        }

        return RatingFile.Read(parsed.GetRequiredValue(Ratings).FullName, min is { } low && max is { } high ? new RatingScale(low, high) : null, log);
    }

    private static string Show(float? value) => value is null ? "absent" : value.ToString()!;
}
