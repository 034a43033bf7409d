using System.CommandLine;
using PerCall.Training.Export;
using PerCall.Training.Ratings;

namespace PerCall.Training.Commands;

/// <summary><c>train recommender</c>: trains on a file of ratings and writes a model package.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var input = new RatingInput();
        var settings = new SettingOptions();
        var output = new Option<DirectoryInfo>("--out")
        {
            Description = "Folder of the package, <name>/<version>. It must be empty or not exist.",
            Required = true,
        };
        var method = new Option<string>("--method") { Description = "Recommendation method.", DefaultValueFactory = _ => "mf" };
        method.AcceptOnlyFromAmong([.. Methods.ByName.Keys]);
        var items = new Option<FileInfo?>("--items")
        {
            Description = "Item catalogue, JSON Lines of {\"id\", \"title\"?, \"attributes\"?}. Filters use the attributes.",
        };
        var description = new Option<string?>("--description") { Description = "One sentence that describes the model." };
        var license = new Option<string>("--license") { Description = "Licence of the model.", DefaultValueFactory = _ => "proprietary" };
        var card = new Option<FileInfo?>("--card") { Description = "Markdown file with the beginning of the model card." };
        var recommender = new Command("recommender", "Trains a recommender on ratings or other feedback and writes it as a model package.")
        {
            input.Ratings, input.MinRating, input.MaxRating, output, method, items, description, license, card,
        };
        settings.AddTo(recommender);
        recommender.SetAction((parsed, cancellation) => CommandRun.Async(async log =>
        {
            var name = parsed.GetRequiredValue(method);
            var trainer = Methods.Create(Methods.ByName[name], settings.Read(parsed, [name]));
            var target = PackageTarget.Of(parsed.GetRequiredValue(output).FullName);
            var ratings = input.Read(parsed, log);
            RatingCheck.Check(ratings, trainer);
            var catalog = RatedCatalog.Read(parsed.GetValue(items)?.FullName, ratings, log);
            log.Write($"{ratings.Count} ratings of {ratings.Items.Length} items by {ratings.Users.Length} users; training {name}");
            var started = log.Start();
            var model = trainer.Train(ratings, log);
            log.Write($"trained in {log.Seconds(started):0.0} s");
            var words = new PackageWords(
                parsed.GetValue(description), parsed.GetRequiredValue(license),
                parsed.GetValue(card) is { } file ? await File.ReadAllTextAsync(file.FullName, cancellation) : null);
            await PackageExport.WriteAsync(
                Methods.ByName[name], model, ratings, catalog, target, words, trainer.Options!.ToString()!, cancellation);
            Console.WriteLine($"Wrote and verified {target.Folder}.");
        }));
        return new("train", "Trains a model.") { recommender };
    }
}
