using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;
using PerCall.Inference.Recommend.Packaging;
using PerCall.Inference.Recommend.Scoring;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Recommend;

public sealed class RecommenderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<RecommenderMethod> Methods => [.. Enum.GetValues<RecommenderMethod>()];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Recommend_KnownUser_GetsTheBestThatAreNotSeen(RecommenderMethod method)
    {
        var data = Recommenders.Draw(method);
        using var model = await LoadAsync(data);

        var answer = await Recommender.RecommendAsync(model, new() { User = "user-4", Count = 5 }, Cancellation);

        var seen = data.HistoryOf(4).Items.ToArray();
        var scores = PlainScores.Of(data, PlainScores.VectorOf(data, 4));
        var best = Enumerable.Range(0, 40).Except(seen).OrderByDescending(i => scores[i]).Take(5);
        Assert.Equal(Basis.User, answer.Basis);
        Assert.Equal(best.Select(i => $"item-{i}"), answer.Items.Select(i => i.Item.Id));
        Assert.Equal("Title", answer.Items[0].Item.Title!.Split(' ')[0]);

        var all = await Recommender.RecommendAsync(model, new() { User = "user-4", Count = 1000, ExcludeSeen = false }, Cancellation);
        Assert.Equal(40, all.Items.Count);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Recommend_History_IsFoldedInAndLeftOut(RecommenderMethod method)
    {
        using var model = await LoadAsync(Recommenders.Draw(method));
        HistoryEntry[] history = [new("item-3", 5), new("no such item", 2), new("item-8", 1), new("item-11", 4)];

        var answer = await Recommender.RecommendAsync(model, new() { User = "nobody", History = history, Count = 1000 }, Cancellation);

        Assert.Equal((Basis.History, 37), (answer.Basis, answer.Items.Count));
        Assert.Equal(["no such item"], answer.UnknownItems);
        Assert.DoesNotContain(answer.Items, i => history.Any(h => h.Item == i.Item.Id));
    }

    [Fact]
    public async Task Recommend_HistoryOfAKnownUser_GoesBeforeWhatWasTrained()
    {
        var data = Recommenders.Draw(RecommenderMethod.MatrixFactorization);
        using var model = await LoadAsync(data);

        var answer = await Recommender.RecommendAsync(
            model, new() { User = "user-4", History = [new("item-3", 5)], Count = 1000 }, Cancellation);

        Assert.Equal(Basis.History, answer.Basis);
        Assert.Equal(40 - data.HistoryOf(4).Items.ToArray().Append(3).Distinct().Count(), answer.Items.Count);

        var unknown = await Recommender.RecommendAsync(model, new() { User = "user-4", History = [new("none", 5)] }, Cancellation);
        Assert.Equal(Basis.User, unknown.Basis);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nobody")]
    public async Task Recommend_UnknownUser_GetsWhatIsPopularAndIsTold(string? user)
    {
        var data = Recommenders.Draw(RecommenderMethod.ItemNeighbors);
        using var model = await LoadAsync(data);

        var answer = await Recommender.RecommendAsync(model, new() { User = user, History = [new("none", 1)], Count = 3 }, Cancellation);

        var counts = data.History.Items.ToArray().CountBy(i => i).OrderByDescending(c => c.Value).ThenBy(c => c.Key).ToList();
        Assert.Equal((Basis.Popular, "none"), (answer.Basis, Assert.Single(answer.UnknownItems)));
        Assert.Equal(counts.Take(3).Select(c => ($"item-{c.Key}", c.Value / 60f)), answer.Items.Select(i => (i.Item.Id, i.Score)));
    }

    [Theory]
    [InlineData("user-4")]
    [InlineData("nobody")]
    public async Task Recommend_ItemsAndFilter_AreChosenAmong(string user)
    {
        using var model = await LoadAsync(Recommenders.Draw(RecommenderMethod.MatrixFactorization));
        Task<Recommendation> AskAsync(IReadOnlyList<string>? items, params (string, string[])[] filter) => Recommender.RecommendAsync(
            model,
            new()
            {
                User = user,
                Count = 1000,
                ExcludeSeen = false,
                Items = items,
                Filter = filter.ToDictionary(
                f => f.Item1, f => (IReadOnlyList<string>)f.Item2)
            },
            Cancellation).AsTask();

        Assert.Equal(["item-1", "item-5"], Ids(await AskAsync(["item-5", "item-1", "item-5"])));
        Assert.Equal(["x"], (await AskAsync(["item-5", "x"])).UnknownItems);
        Assert.Equal(10, (await AskAsync(null, ("category", ["books"]))).Items.Count);
        Assert.Equal(20, (await AskAsync(null, ("category", ["books", "music"]))).Items.Count);
        Assert.Equal(["item-0", "item-28"], Ids(await AskAsync(null, ("category", ["books"]), ("maker", ["maker-0"]))));
        Assert.Equal(["item-4"], Ids(await AskAsync(["item-4", "item-5"], ("category", ["books"]))));
        Assert.Empty((await AskAsync(["x"])).Items);
        Assert.Empty((await AskAsync(null, ("category", ["cars"]))).Items);

        var refusal = await Assert.ThrowsAsync<InvalidInputException>(() => AskAsync(null, ("color", ["red"])));
        Assert.Equal(("unknown_attribute", "filter.color"), (refusal.Code, refusal.Param));
        Assert.Contains("allowed: category, maker", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RecommenderMethod.MatrixFactorization, 5.5f, "rating_out_of_range", "0.5 to 5")]
    [InlineData(RecommenderMethod.MatrixFactorization, float.NaN, "rating_out_of_range", "NaN")]
    [InlineData(RecommenderMethod.UserNeighbors, float.NegativeInfinity, "rating_out_of_range", "history[1]")]
    [InlineData(RecommenderMethod.ItemNeighbors, null, "missing_rating", "'history[1]' has no 'rating'")]
    [InlineData(RecommenderMethod.ImplicitAls, 0f, "rating_out_of_range", "above 0")]
    [InlineData(RecommenderMethod.ImplicitAls, float.PositiveInfinity, "rating_out_of_range", "finite")]
    public async Task Recommend_InvalidRating_IsRefused(RecommenderMethod method, float? rating, string code, string detail)
    {
        using var model = await LoadAsync(Recommenders.Draw(method));

        var refusal = await Assert.ThrowsAsync<InvalidInputException>(() => Recommender.RecommendAsync(
            model, new() { History = [new("item-1", 3), new("item-2", rating)] }, Cancellation).AsTask());

        Assert.Equal((code, "history[1].rating"), (refusal.Code, refusal.Param));
        Assert.Contains(detail, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RecommenderMethod.SvdPlusPlus)]
    [InlineData(RecommenderMethod.ImplicitAls)]
    public async Task Recommend_HistoryWithoutRatings_IsTakenWhereItSaysSomething(RecommenderMethod method)
    {
        using var model = await LoadAsync(Recommenders.Draw(method));

        Assert.Equal(Basis.History, (await Recommender.RecommendAsync(model, new() { History = [new("item-1")] }, Cancellation)).Basis);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Similar_Item_GetsThoseThatAreLikeItFirst(RecommenderMethod method)
    {
        using var model = await LoadAsync(Recommenders.Draw(method));

        var similar = await Recommender.SimilarAsync(model, "item-6", 7, filter: null, Cancellation);

        Assert.InRange(similar.Items.Count, 1, 7);
        Assert.DoesNotContain(similar.Items, i => i.Item.Id == "item-6");
        Assert.Equal(similar.Items.Select(i => i.Score).OrderDescending(), similar.Items.Select(i => i.Score));
        Assert.All(similar.Items, i => Assert.InRange(i.Score, -1.0001f, 1.0001f));
        var filtered = await Recommender.SimilarAsync(
            model, "item-6", 1000, new Dictionary<string, IReadOnlyList<string>> { ["category"] = ["books"] }, Cancellation);
        Assert.All(filtered.Items, i => Assert.Equal("books", i.Item.Attributes!["category"]));
    }

    [Fact]
    public async Task Similar_ItemsOfFactors_AreThoseOfTheLargestCosine()
    {
        var data = Recommenders.Draw(RecommenderMethod.SvdPlusPlus);
        using var model = await LoadAsync(data);
        double Cosine(int a, int b)
        {
            var (x, y) = (data.ItemVectors.Row(a, 8)[..6].ToArray(), data.ItemVectors.Row(b, 8)[..6].ToArray());
            return x.Zip(y).Sum(p => (double)p.First * p.Second) / Math.Sqrt(x.Sum(v => (double)v * v) * y.Sum(v => (double)v * v));
        }

        var similar = await Recommender.SimilarAsync(model, "item-6", 5, filter: null, Cancellation);

        Assert.Equal(
            Enumerable.Range(0, 40).Except([6]).OrderByDescending(i => Cosine(6, i)).Take(5).Select(i => $"item-{i}"),
            similar.Items.Select(i => i.Item.Id));
    }

    [Theory]
    [InlineData(RecommenderMethod.MatrixFactorization)]
    [InlineData(RecommenderMethod.SvdPlusPlus)]
    [InlineData(RecommenderMethod.ItemNeighbors)]
    [InlineData(RecommenderMethod.UserNeighbors)]
    public async Task Rate_UserHistoryOrNobody_IsWithinTheRange(RecommenderMethod method)
    {
        var data = Recommenders.Draw(method);
        using var model = await LoadAsync(data);
        var scores = PlainScores.Of(data, PlainScores.VectorOf(data, 4));
        for (var item = 0; item < 40; item++)
        {
            var rated = await Recommender.RateAsync(model, "user-4", $"item-{item}", history: null, Cancellation);
            Assert.Equal((Basis.User, Math.Clamp(scores[item], 0.5f, 5f)), (rated.Basis, rated.Rating), new Close());
        }

        var popular = await Recommender.RateAsync(model, "nobody", "item-7", history: null, Cancellation);
        Assert.Equal((Basis.Popular, Math.Clamp(data.Mean + data.ItemBias(7), 0.5f, 5f)), (popular.Basis, popular.Rating), new Close());
        Assert.Equal(Basis.History, (await Recommender.RateAsync(model, null, "item-7", [new("item-1", 5)], Cancellation)).Basis);
    }

    [Fact]
    public async Task Rate_ModelOrItemThatHasNone_IsRefused()
    {
        using var ratings = await LoadAsync(Recommenders.Draw(RecommenderMethod.MatrixFactorization));
        var unknown = await Assert.ThrowsAsync<InvalidInputException>(
            () => Recommender.RateAsync(ratings, "user-1", "none", null, Cancellation).AsTask());
        Assert.Equal(("item_not_found", "item"), (unknown.Code, unknown.Param));
        unknown = await Assert.ThrowsAsync<InvalidInputException>(
            () => Recommender.SimilarAsync(ratings, "none", 3, null, Cancellation).AsTask());
        Assert.Equal("item_not_found", unknown.Code);

        using var feedback = await LoadAsync(Recommenders.Draw(RecommenderMethod.ImplicitAls));
        var none = await Assert.ThrowsAsync<InvalidInputException>(
            () => Recommender.RateAsync(feedback, "user-1", "item-1", null, Cancellation).AsTask());
        Assert.Equal("no_ratings", none.Code);
    }

    [Fact]
    public async Task Recommend_ModelForAnotherTask_IsRefused()
    {
        using var model = await Models.LoadAsync(
            PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1")), _folder.Path, Cancellation);

        var refusal = await Assert.ThrowsAsync<ModelNotFoundException>(
            () => Recommender.RecommendAsync(model, new(), Cancellation).AsTask());
        Assert.Equal("wrong_task", refusal.Code);
    }

    [Fact]
    public async Task Recommend_ManyAtOnce_AllGetTheirOwnAnswer()
    {
        var data = Recommenders.Draw(RecommenderMethod.ItemNeighbors);
        using var model = await LoadAsync(data);
        async Task AskAsync(int user)
        {
            var answer = await Recommender.RecommendAsync(model, new() { User = $"user-{user}", Count = 1 }, Cancellation);
            var scores = PlainScores.Of(data, PlainScores.VectorOf(data, user));
            Assert.Equal(
                Enumerable.Range(0, 40).Except(data.HistoryOf(user).Items.ToArray()).Max(i => scores[i]), answer.Items[0].Score, 1e-4f);
        }

        await Task.WhenAll(Enumerable.Range(0, 60).Select(u => Task.Run(() => AskAsync(u), Cancellation)));
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<string> Ids(Recommendation answer) => answer.Items.Select(i => i.Item.Id).Order(StringComparer.Ordinal);

    private async Task<LoadedModel> LoadAsync(RecommenderData data)
    {
        var folder = _folder.File(Path.Combine($"{data.Method}", "1"));
        var manifest = await RecommenderPackageWriter.WriteAsync(data, Recommenders.Description("drawn"), folder, Cancellation);
        return await new ModelLoader(new ModelRegistryOptions()).LoadAsync(manifest, folder, Cancellation);
    }

    private sealed class Close : IEqualityComparer<(Basis Basis, float Rating)>
    {
        public bool Equals((Basis Basis, float Rating) x, (Basis Basis, float Rating) y) =>
            x.Basis == y.Basis && Math.Abs(x.Rating - y.Rating) < 1e-4f;

        public int GetHashCode((Basis Basis, float Rating) obj) => obj.Basis.GetHashCode();
    }
}
