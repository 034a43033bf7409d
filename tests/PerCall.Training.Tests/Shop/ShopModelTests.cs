using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;
using PerCall.Inference.Recommend.Scoring;
using PerCall.Testing;
using PerCall.Training.Baselines;
using PerCall.Training.Shop;
using Xunit;

namespace PerCall.Training.Tests.Shop;

/// <summary>The package <c>shop/1</c> against what only the generator knows.</summary>
public sealed class ShopModelTests : IAsyncLifetime
{
    private const int Top = 10;
    private const int Favorites = 3;

    private readonly GeneratedShop _shop = new ShopGenerator(1).Generate();
    private RecommenderModel? _opened;

    private RecommenderModel Model => _opened!;

    public async ValueTask InitializeAsync()
    {
        var folder = Path.Combine(Repository.Models, "shop", "1");
        var manifest = await File.ReadAllBytesAsync(Path.Combine(folder, "model.json"), TestContext.Current.CancellationToken);
        _opened = await RecommenderModel.OpenAsync(ManifestReader.Parse(manifest), folder);
    }

    public ValueTask DisposeAsync()
    {
        _opened?.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Package_IdsAndRatings_AreThoseOfTheGenerator()
    {
        var byUser = Ordered().ByUser();

        Assert.Equal(_shop.Ratings.Users, Model.Data.Users);
        Assert.Equal(
            _shop.Items.Select(i => i.Id).Order(StringComparer.Ordinal), Model.Data.Items.Select(i => i.Id).Order(StringComparer.Ordinal));
        Assert.Equal(byUser.Values, Model.Data.History.Ratings.ToArray());
    }

    [Fact]
    public void Recommendations_OfAllCustomers_AreOfTheirFavoriteCategories()
    {
        var (recommended, popular, hits, popularHits) = (0, 0, 0, 0);
        var counts = new int[_shop.Items.Count];
        foreach (var item in Ordered().ItemOf)
        {
            counts[item]++;
        }

        ForEachCustomer((customer, unseen, scores) =>
        {
            var favorites = customer.Favorites(Favorites).ToHashSet();
            foreach (var item in unseen.OrderByDescending(i => scores[i]).Take(Top))
            {
                recommended++;
                hits += favorites.Contains(ItemAt(item).Category) ? 1 : 0;
            }

            foreach (var item in unseen.OrderByDescending(i => counts[i]).Take(Top))
            {
                popular++;
                popularHits += favorites.Contains(ItemAt(item).Category) ? 1 : 0;
            }
        });

        var share = (double)hits / recommended;
        var popularity = (double)popularHits / popular;
        TestContext.Current.SendDiagnosticMessage(
            $"share of favourite categories {share:0.000}, popularity {popularity:0.000}, chance {(double)Favorites / ShopCategory.All.Count:0.000}");
        Assert.InRange(popularity, 0.15, 0.35);
        Assert.True(
            share > 0.85,
            $"{share:0.000} of what is recommended is of the three favourite categories of twelve; popularity has {popularity:0.000}");
    }

    [Fact]
    public void Estimates_OfItemsNotRated_FollowTheTrueAffinity()
    {
        var (estimates, baseline, truths) = (new List<double>(), new List<double>(), new List<double>());
        var plain = new BaselineTrainer(new()).Train(Ordered(), TrainingLog.None);
        ForEachCustomer((customer, unseen, scores) =>
        {
            var user = Array.IndexOf(_shop.Ratings.Users, customer.Id);
            foreach (var item in unseen)
            {
                baseline.Add(plain.Score(user, item));
                estimates.Add(scores[item]);
                truths.Add(GeneratedShop.Affinity(customer, ItemAt(item)));
            }
        });

        var correlation = Correlation(estimates, truths);
        var withoutTastes = Correlation(baseline, truths);
        TestContext.Current.SendDiagnosticMessage(
            $"correlation with true affinity {correlation:0.000}, the baseline's {withoutTastes:0.000}, over {estimates.Count} pairs");
        Assert.True(correlation > 0.7, $"the correlation over {estimates.Count} pairs is {correlation:0.000}");
        Assert.True(
            correlation > 1.5 * withoutTastes,
            $"the correlation is {correlation:0.000}, and the baseline's, which knows no tastes, {withoutTastes:0.000}");
    }

    private void ForEachCustomer(Action<ShopCustomer, int[], float[]> look)
    {
        for (var user = 0; user < _shop.Customers.Count; user++)
        {
            var seen = Model.Data.HistoryOf(user).Items.ToArray().ToHashSet();
            int[] unseen = [.. Enumerable.Range(0, _shop.Items.Count).Where(i => !seen.Contains(i))];
            look(_shop.Customers[user], unseen, PlainScores.Of(Model.Data, PlainScores.VectorOf(Model.Data, user)));
        }
    }

    /// <summary>The generator's item at an index of the package, which has items in the order of their first rating.</summary>
    private ShopItem ItemAt(int index) => Items[index];

    private ShopItem[] Items => field ??= [.. Model.Data.Items.Select(i => _shop.Items.Single(s => s.Id == i.Id))];

    private Training.Ratings.RatingSet Ordered()
    {
        var places = Items.Index().ToDictionary(i => i.Item.Id, i => i.Index);
        return _shop.Ratings with
        {
            Items = [.. Items.Select(i => i.Id)],
            ItemOf = [.. _shop.Ratings.ItemOf.Select(i => places[_shop.Items[i].Id])],
        };
    }

    private static double Correlation(List<double> left, List<double> right)
    {
        var (meanLeft, meanRight) = (left.Average(), right.Average());
        var product = left.Zip(right).Sum(p => (p.First - meanLeft) * (p.Second - meanRight));
        return product / Math.Sqrt(left.Sum(l => (l - meanLeft) * (l - meanLeft)) * right.Sum(r => (r - meanRight) * (r - meanRight)));
    }
}
