using System.CommandLine;
using PerCall.Training.Ratings;

namespace PerCall.Training.Commands;

/// <summary>The command-line options for the ratings.</summary>
internal sealed class RatingInput
{
    public Option<FileInfo> Ratings { get; } = new("--ratings")
    {
        Description = "Input file, CSV or JSON Lines (.jsonl): user, item[, rating][, timestamp].",
        Required = true,
    };

    public Option<float?> MinRating { get; } = new("--min-rating")
    {
        Description = "Lowest possible rating. Default: the lowest in the file.",
    };

    public Option<float?> MaxRating { get; } = new("--max-rating")
    {
        Description = "Highest possible rating. Default: the highest in the file.",
    };

    public RatingSet Read(ParseResult parsed, TrainingLog log)
    {
        var (min, max) = (parsed.GetValue(MinRating), parsed.GetValue(MaxRating));
        if (min is null != max is null || min >= max)
        {
            throw new TrainingException(
                $"--min-rating is {Show(min)} and --max-rating is {Show(max)}; "
                    + "give both or neither, with --min-rating below --max-rating.");
        }

        return RatingFile.Read(
            parsed.GetRequiredValue(Ratings).FullName, min is { } low && max is { } high ? new RatingScale(low, high) : null, log);
    }

    private static string Show(float? value) => value is null ? "absent" : value.ToString()!;
}
