using System.Globalization;

namespace PerCall.Training.Shop;

/// <summary>Generates a shop: items, customers with tastes, and a year of purchases and ratings.</summary>
/// <param name="seed">The same seed generates the same shop.</param>
internal sealed class ShopGenerator(int seed)
{
    private const int CustomerCount = 2000;
    private const int FavoriteCategories = 3;
    private const int FewestRatings = 12;
    private const int MeanFurtherRatings = 18;
    private const double SeasonFactor = 3;
    private const double Mood = 0.6;
    private static readonly DateTimeOffset Opening = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Random _random = new(seed);

    public GeneratedShop Generate()
    {
        var items = ShopCategory.All.SelectMany((category, index) => Items(category, index)).ToArray();
        var customers = Enumerable.Range(1, CustomerCount).Select(Customer).ToArray();
        var (users, rated, values, times) = (new List<int>(), new List<int>(), new List<float>(), new List<long>());
        foreach (var (user, customer) in customers.Index())
        {
            foreach (var (item, time) in Purchases(customer, items))
            {
                users.Add(user);
                rated.Add(item);
                values.Add((float)Math.Clamp(Math.Round(GeneratedShop.Affinity(customer, items[item]) + (Mood * Normal())), 1, 5));
                times.Add(time.ToUnixTimeSeconds());
            }
        }

        return new(items, customers, new()
        {
            Users = [.. customers.Select(c => c.Id)],
            Items = [.. items.Select(i => i.Id)],
            UserOf = [.. users],
            ItemOf = [.. rated],
            Values = [.. values],
            Times = [.. times],
            Scale = new(1, 5),
        });
    }

    private IEnumerable<ShopItem> Items(ShopCategory category, int index)
    {
        foreach (var (number, (kind, good)) in category.Kinds.SelectMany(k => category.Goods.Select(g => (k, g))).Index())
        {
            var price = Math.Round(category.Price * Math.Exp(0.45 * Normal())) - 0.1;
            var id = string.Create(CultureInfo.InvariantCulture, $"{category.Name.Replace(' ', '-')}-{number + 1:00}");
            yield return new(id, $"{kind} {good}", index, Math.Max(price, 1.9), 0.35 * Normal(), Math.Exp(0.7 * Normal()));
        }
    }

    private ShopCustomer Customer(int number)
    {
        var tastes = new double[ShopCategory.All.Count];
        for (var category = 0; category < tastes.Length; category++)
        {
            tastes[category] = -0.5 + (0.3 * Normal());
        }

        var order = Enumerable.Range(0, tastes.Length).ToArray();
        _random.Shuffle(order);
        foreach (var category in order.Take(FavoriteCategories))
        {
            tastes[category] = 1 + (0.25 * Normal());
        }

        return new(string.Create(CultureInfo.InvariantCulture, $"customer-{number:0000}"), tastes, 0.4 * Normal(), 0.25 * Normal());
    }

    /// <summary>
    /// Returns a customer's purchases in order of time. Items with a high appeal, a good match and the current season are more likely; no
    /// item occurs twice.
    /// </summary>
    private IEnumerable<(int Item, DateTimeOffset Time)> Purchases(ShopCustomer customer, ShopItem[] items)
    {
        var count = FewestRatings + (int)(-MeanFurtherRatings * Math.Log(1 - _random.NextDouble()));
        var days = Enumerable.Range(0, Math.Min(count, items.Length / 3)).Select(_ => 365 * _random.NextDouble()).Order().ToArray();
        var weights = items.Select(i => i.Appeal * Math.Exp(0.8 * GeneratedShop.Affinity(customer, i))).ToArray();
        foreach (var day in days)
        {
            // Summer is April to September.
            var season = day is >= 90 and < 273 ? Season.Summer : Season.Winter;
            var inSeason = items.Select(
                (item, n) => weights[n] * (ShopCategory.All[item.Category].Season == season ? SeasonFactor : 1)).ToArray();
            var bought = Draw(inSeason);
            weights[bought] = 0;
            yield return (bought, Opening.AddDays(day));
        }
    }

    private int Draw(double[] weights)
    {
        var left = _random.NextDouble() * weights.Sum();
        for (var n = 0; n < weights.Length; n++)
        {
            left -= weights[n];
            if (left < 0)
            {
                return n;
            }
        }

        // Rounding may leave a small remainder: the last item that can be drawn takes it.
        return Array.FindLastIndex(weights, w => w > 0);
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
