using System.CommandLine;
using PerCall.Training.Evaluation;
using PerCall.Training.Ratings;

namespace PerCall.Training.Commands;

/// <summary><c>evaluate recommender</c>: how good the methods are on a file of ratings.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var input = new RatingInput();
        var settings = new SettingOptions();
        var methods = new Option<string[]>("--method") { Description = "Which methods; all of them where it is left out.", AllowMultipleArgumentsPerToken = true };
        methods.AcceptOnlyFromAmong([.. Methods.ByName.Keys]);
        var folds = new Option<int>("--folds") { Description = "Every rating is tested once, by a model trained on the other folds.", DefaultValueFactory = _ => 5 };
        var lastOut = new Option<bool>("--leave-last-out") { Description = "Each user's latest rating is tested instead; needs timestamps." };
        var k = new Option<int>("--k") { Description = "Items recommended to each user.", DefaultValueFactory = _ => 10 };
        var relevant = new Option<float?>("--relevant") { Description = "The lowest tested rating that makes an item relevant; any rating where it is left out." };
        var recommender = new Command("recommender", "Measures errors of estimated ratings, and how good lists of recommendations are, beside popularity's.")
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
        return new("evaluate", "Measures how good models are.") { recommender };
    }

    private static void Check(int folds, int k, bool last, int ratings, bool timed)
    {
        if (folds < 2 || folds > ratings)
        {
            throw new TrainingException($"--folds is {folds}; 2 to the number of ratings, {ratings}, is allowed.");
        }

        if (k < 1)
        {
            throw new TrainingException($"--k is {k}; 1 and more is allowed.");
        }

        if (last && !timed)
        {
            throw new TrainingException("--leave-last-out needs a timestamp for every rating, and the file has none.");
        }
    }
}
