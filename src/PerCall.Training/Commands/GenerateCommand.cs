using System.CommandLine;
using PerCall.Training.Shop;

namespace PerCall.Training.Commands;

/// <summary><c>generate shop</c>: writes ratings and items of a fictional shop, to try everything out.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var output = new Option<FileInfo>("--out") { Description = "Output file for the ratings (CSV).", Required = true };
        var items = new Option<FileInfo>("--items") { Description = "Output file for the items (JSON Lines).", Required = true };
        var seed = new Option<int>("--seed")
        {
            Description = "Random seed. The same seed generates the same shop.",
            DefaultValueFactory = _ => 1,
        };
        var shop = new Command(
            "shop",
            "Generates a shop: items with prices and seasons, customers with preferences, and a year of ratings.") { output, items, seed };
        shop.SetAction((parsed, _) => CommandRun.Async(log =>
        {
            var drawn = new ShopGenerator(parsed.GetValue(seed)).Generate();
            ShopFiles.WriteRatings(drawn.Ratings, parsed.GetRequiredValue(output).FullName);
            ShopFiles.WriteItems(drawn.Items, parsed.GetRequiredValue(items).FullName);
            log.Write($"{drawn.Ratings.Count} ratings of {drawn.Items.Count} items by {drawn.Customers.Count} customers");
            return Task.CompletedTask;
        }));
        return new("generate", "Generates training data.") { shop };
    }
}
