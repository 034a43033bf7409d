using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using PerCall.Training.Ratings;

namespace PerCall.Training.Shop;

/// <summary>Writes a generated shop as the files that training reads.</summary>
internal static class ShopFiles
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void WriteRatings(RatingSet ratings, string path)
    {
        using var writer = Open(path);
        writer.WriteLine("user,item,rating,timestamp");
        for (var n = 0; n < ratings.Count; n++)
        {
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{ratings.Users[ratings.UserOf[n]]},{ratings.Items[ratings.ItemOf[n]]},{ratings.Values[n]},{ratings.Times![n]}"));
        }
    }

    public static void WriteItems(IEnumerable<ShopItem> items, string path)
    {
        using var writer = Open(path);
        foreach (var item in items)
        {
            var category = ShopCategory.All[item.Category];
            var attributes = new Dictionary<string, string>
            {
                ["category"] = category.Name,
                ["price"] = item.Price.ToString("0.00", CultureInfo.InvariantCulture),
            };
            if (category.Season != Season.None)
            {
                attributes["season"] = category.Season == Season.Summer ? "summer" : "winter";
            }

            writer.WriteLine(JsonSerializer.Serialize(new { id = item.Id, title = item.Title, attributes }, Readable));
        }
    }

    private static StreamWriter Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new(path) { NewLine = "\n" };
    }
}
