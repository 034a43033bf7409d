using PerCall.Inference.Packages;
using PerCall.Inference.Recommend;
using PerCall.Inference.Recommend.FoldIn;
using PerCall.Inference.Recommend.Scoring;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Recommend;

public sealed class FoldInTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_OwnHistoryOfAUser_RanksAsTheUsersOwnVector()
    {
        using var package = await WrittenPackage.CreateAsync(
            Recommenders.Draw(RecommenderMethod.MatrixFactorization, perUser: 35), _folder, Cancellation);
        for (var user = 0; user < 20; user++)
        {
            var trained = PlainScores.Of(package.Data, PlainScores.VectorOf(package.Data, user));
            var folded = PlainScores.Of(package.Data, CallerVector.Of(package.Model, package.History(user, most: 35)));

            Assert.True(Correlation(trained, folded) > 0.97, $"User {user}: {Correlation(trained, folded)}");
        }
    }

    [Theory]
    [InlineData(RecommenderMethod.MatrixFactorization)]
    [InlineData(RecommenderMethod.SvdPlusPlus)]
    [InlineData(RecommenderMethod.ImplicitAls)]
    public async Task Of_History_IsTheMinimumOfTheMethodsObjective(RecommenderMethod method)
    {
        using var package = await WrittenPackage.CreateAsync(
            Recommenders.Draw(method) with { Regularization = 0.05f }, _folder, Cancellation);
        var history = package.History(3, most: 15);
        var vector = CallerVector.Of(package.Model, history);
        var least = Objective(package.Data, history, vector);

        for (var at = 0; at < vector.Length; at++)
        {
            if (package.Data.Method != RecommenderMethod.ImplicitAls && at == package.Data.Factors())
            {
                // What b_i is multiplied with.
                Assert.Equal(1, vector[at]);
                continue;
            }

            foreach (var step in new[] { -0.02f, 0.02f })
            {
                var beside = (float[])vector.Clone();
                beside[at] += step;
                Assert.True(Objective(package.Data, history, beside) > least, $"A step of {step} along {at} is better.");
            }
        }
    }

    [Fact]
    public async Task Of_MoreFactorsThanRatingsAndNoRidge_IsFinite()
    {
        using var package = await WrittenPackage.CreateAsync(
            Recommenders.Draw(RecommenderMethod.MatrixFactorization) with { Regularization = 0 }, _folder, Cancellation);

        Assert.All(CallerVector.Of(package.Model, package.History(3, most: 2)), v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public async Task Of_RatingsForUserNeighbors_FindsTheUserWhoseTheyAre()
    {
        using var package = await WrittenPackage.CreateAsync(Recommenders.Draw(RecommenderMethod.UserNeighbors), _folder, Cancellation);

        var vector = CallerVector.Of(package.Model, package.History(9, most: 25));

        Assert.Equal(9, Array.IndexOf(vector, vector[..^1].Max()));
        Assert.Equal(package.Data.NeighborCount, vector[..^1].Count(s => s > 0));
    }

    [Fact]
    public async Task Of_RatingsForItemNeighbors_AreThoseAboveTheBaseline()
    {
        using var package = await WrittenPackage.CreateAsync(Recommenders.Draw(RecommenderMethod.ItemNeighbors), _folder, Cancellation);

        var vector = CallerVector.Of(package.Model, [new(4, 5), new(7, 1)]);

        var data = package.Data;
        var bias = (5 - data.Mean - data.ItemBiases.Span[4] + 1 - data.Mean - data.ItemBiases.Span[7]) / (2 + data.Regularization);
        Assert.Equal(bias, vector[^1], 1e-5f);
        Assert.Equal(5 - data.Mean - data.ItemBiases.Span[4] - bias, vector[4], 1e-5f);
        Assert.Equal(data.Items.Count - 2, vector.Count(float.IsNaN));
    }

    public void Dispose() => _folder.Dispose();

    private static double Objective(RecommenderData data, List<RatedItem> history, float[] vector)
    {
        var scores = PlainScores.Of(data, vector);
        if (data.Method == RecommenderMethod.ImplicitAls)
        {
            var amounts = history.ToDictionary(h => h.Item, h => h.Rating!.Value);
            return scores.Select(
                (s, i) =>
                    amounts.TryGetValue(i, out var amount) ? (1 + (data.Confidence * amount)) * Math.Pow(1 - s, 2) : (double)s * s).Sum()
                + (data.Regularization * vector.Sum(v => (double)v * v));
        }

        var factors = data.Factors();
        var part = new double[factors];
        if (data.Method == RecommenderMethod.SvdPlusPlus)
        {
            part = [.. part.Select(
                (_, k) => history.Sum(h => (double)data.ImplicitItemVectors.Row(h.Item, factors)[k]) / Math.Sqrt(history.Count))];
        }

        var ridge = part.Select((p, k) => Math.Pow(vector[k] - p, 2)).Sum() + Math.Pow(vector[factors + 1] - data.Mean, 2);
        return history.Sum(h => Math.Pow(h.Rating!.Value - scores[h.Item], 2)) + (data.Regularization * history.Count * ridge);
    }

    private static double Correlation(float[] left, float[] right)
    {
        var (l, r) = (left.Average(), right.Average());
        return left.Zip(right).Sum(
            p => (p.First - l) * (p.Second - r)) / Math.Sqrt(left.Sum(v => (v - l) * (v - l)) * right.Sum(v => (v - r) * (v - r)));
    }
}
