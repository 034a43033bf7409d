using System.CommandLine;
using PerCall.Training.Evaluation;
using PerCall.Training.Ratings;

namespace PerCall.Training.Commands;

/// <summary><c>evaluate recommender</c>: measures the quality of the methods on a file of ratings.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var input = new RatingInput();
        var settings = new SettingOptions();
        var methods = new Option<string[]>("--method")
        {
            Description = "Methods to evaluate. Default: all.",
            AllowMultipleArgumentsPerToken = true,
        };
        methods.AcceptOnlyFromAmong([.. Methods.ByName.Keys]);
        var folds = new Option<int>("--folds")
        {
            Description = "Number of folds. Each rating is tested once, with a model trained on the other folds.",
            DefaultValueFactory = _ => 5,
        };
        var lastOut = new Option<bool>("--leave-last-out") { Description = "Test each user's latest rating instead. Requires timestamps." };
        var k = new Option<int>("--k") { Description = "Number of items recommended to each user.", DefaultValueFactory = _ => 10 };
        var relevant = new Option<float?>("--relevant")
        {
            Description = "Lowest test rating that makes an item relevant. Default: any rating.",
        };
        var recommender = new Command("recommender", "Measures rating errors and recommendation quality, with popularity as the baseline.")
        {
            input.Ratings, input.MinRating, input.MaxRating, methods, folds, lastOut, k, relevant,
        };
        settings.AddTo(recommender);
        recommender.SetAction((parsed, _) => CommandRun.Async(log =>
        {
            var names = parsed.GetValue(methods) is { Length: > 0 } some ? some : [.. Methods.ByName.Keys];
            var set = settings.Read(parsed, names);
            var ratings = input.Read(parsed, log);
            var last = parsed.GetValue(lastOut);
            Check(parsed.GetValue(folds), parsed.GetValue(k), last, ratings.Count, ratings.Times is not null);
            var splits = last ? [Split.LeaveLastOut(ratings)] : Split.KFold(ratings, parsed.GetValue(folds), set.Seed).ToList();
            var table = new EvaluationTable(Console.Out, parsed.GetValue(k), parsed.GetValue(relevant) ?? float.NegativeInfinity);
            table.Run("popularity", new Baselines.Popularity(), splits, log);
            foreach (var name in names)
            {
                var trainer = Methods.Create(Methods.ByName[name], set);
                RatingCheck.Check(ratings, trainer);
                table.Run(name, trainer, splits, log);
            }

            return Task.CompletedTask;
        }));
        return new("evaluate", "Evaluates models.") { recommender };
    }

    private static void Check(int folds, int k, bool last, int ratings, bool timed)
    {
        if (folds < 2 || folds > ratings)
        {
            throw new TrainingException($"--folds is {folds}; allowed: 2 to {ratings}, the number of ratings.");
        }

        if (k < 1)
        {
            throw new TrainingException($"--k is {k}; allowed: at least 1.");
        }

        if (last && !timed)
        {
            throw new TrainingException("--leave-last-out requires a timestamp for every rating, but the file has none.");
        }
    }
}
