using System.CommandLine;
using System.Globalization;
using PerCall.Bench.Results;
using PerCall.Bench.Running;
using PerCall.Training;
using PerCall.Training.Evaluation;
using PerCall.Training.Ratings;

namespace PerCall.Bench.Recommend;

/// <summary><c>recommend-quality</c>: errors and rankings of every method on real ratings of films.</summary>
internal static class QualityCommand
{
    private const int Folds = 5;
    private const int Seed = 20261123;
    private const int K = 10;
    private const float Liked = 4;
    private const double WantedOverPopularity = 1.3;

    public static Command Create()
    {
        var command = new Command("recommend-quality", "RMSE, MAE and rankings of the recommenders on the MovieLens ratings.");
        command.SetAction((_, cancellation) => RunAsync(cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellation)
    {
        var log = new TrainingLog(Console.Error, TimeProvider.System);
        var ratings = RatingFile.Read(BenchFiles.MovieLens, null, log);
        var report = new Report("Quality of recommendations");
        report.Paragraph($"""
            {ratings.Count:N0} MovieLens ratings of {ratings.Items.Length:N0} films by {ratings.Users.Length} users (dslabs), with the defaults of the train command. The predictor
            measured is the one that is served: the arrays of a trained model are written into its package as they are.
            """);
        var reached = Folded(report, ratings, log) & LastOut(report, ratings, log);
        Published(report);
        report.Paragraph($"""
            ## What was tuned on what

            Factors, rates, λ, lists and shrinkages were tried on {Folds} other folds of the same ratings (seed 7, some ten to fifteen settings a method); those of als on each user's last rating but one, with the last one
            left out altogether. Nothing was chosen by the folds and last ratings above. They are of the same {ratings.Count:N0} ratings, though, so figures on other data of the kind may be a little worse.
            """);
        await report.WriteAsync("recommend-quality", cancellation);
        return reached ? 0 : 1;
    }

    private static bool Folded(Report report, RatingSet ratings, TrainingLog log)
    {
        var splits = Split.KFold(ratings, Folds, Seed).ToList();
        var rows = new List<string[]>();
        var reached = true;
        foreach (var method in MeasuredMethod.All)
        {
            var figures = MethodFigures.Run(method.Name, method.Trainer, splits, K, Liked, log);
            reached &= method.WantedRmse is null || figures.Errors?.Rmse <= method.WantedRmse;
            rows.Add(
                [method.Name, Show(figures.Errors?.Rmse),
                    method.WantedRmse is { } wanted ? $"≤ {wanted.ToString("0.000", CultureInfo.InvariantCulture)}" : "",
                    Show(figures.Errors?.Mae), .. Ranking(figures)]);
        }

        report.Paragraph(
            $"## Five folds\n\nEach rating is tested once, by a model trained on the other four folds (seed {Seed}); estimates are clipped to 0.5 to 5. For lists, tested films with a rating of {Liked} and more are relevant.");
        report.Table(["method", "RMSE", "wanted", "MAE", $"precision@{K}", $"recall@{K}", $"NDCG@{K}", "coverage"], rows);
        return reached;
    }

    private static bool LastOut(Report report, RatingSet ratings, TrainingLog log)
    {
        List<Split> splits = [Split.LeaveLastOut(ratings)];
        var rows = new List<string[]>();
        var (popularity, als) = (0.0, 0.0);
        foreach (var method in MeasuredMethod.All)
        {
            var figures = MethodFigures.Run(method.Name, method.Trainer, splits, K, float.NegativeInfinity, log);
            popularity = method.Name == MeasuredMethod.Popularity ? figures.Ranking.Ndcg : popularity;
            als = method.Name == MeasuredMethod.Als ? figures.Ranking.Ndcg : als;
            rows.Add([method.Name, .. Ranking(figures)]);
        }

        report.Paragraph($"""
            ## Last one out

            Each user's latest rating, whatever it is, is what should be recommended; the model has all the others. **als reaches {als / popularity:0.00} times popularity's NDCG@{K}** (wanted: at least
            {WantedOverPopularity}). Methods that estimate ratings order films by how well they would be rated, seen or not, and hardly ever by what is watched next.
            """);
        report.Table(["method", $"precision@{K}", $"recall@{K}", $"NDCG@{K}", "coverage"], rows);
        return als >= WantedOverPopularity * popularity;
    }

    private static void Published(Report report)
    {
        report.Paragraph(
            $"## Published figures on another set\n\nThe Surprise library's table for ml-100k (943 users, 1,682 films, 5 folds), for orientation: another set, with whole stars, so the figures cannot be subtracted from those above.");
        report.Table(
            ["method", "RMSE", "MAE"],
            [
                ["SVD", "0.934", "0.737"], ["SVD++", "0.919", "0.721"], ["NMF", "0.963", "0.758"], ["kNN", "0.98", "0.774"],
                ["centred kNN", "0.951", "0.749"], ["kNN with baseline", "0.931", "0.733"], ["baseline", "0.944", "0.748"],
            ]);
    }

    private static string[] Ranking(MethodFigures figures) =>
        [Show(figures.Ranking.Precision), Show(figures.Ranking.Recall), Show(figures.Ranking.Ndcg), Show(figures.Ranking.Coverage)];

    private static string Show(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "";
}
