using PerCall.Inference.Packages;
using PerCall.Inference.Recommend.FoldIn;
using PerCall.Inference.Recommend.Scoring;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Recommend;

/// <summary>What a written graph answers, against the method's formula without one.</summary>
public sealed class GraphTests : IDisposable
{
    private const int All = 10_000;
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<RecommenderMethod> Methods => [.. Enum.GetValues<RecommenderMethod>()];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Run_KnownUser_ScoresAsTheFormula(RecommenderMethod method)
    {
        using var package = await WrittenPackage.CreateAsync(Recommenders.Draw(method), _folder, Cancellation);
        foreach (var user in new[] { 0, 17, 59 })
        {
            var scores = PlainScores.Of(package.Data, PlainScores.VectorOf(package.Data, user));

            AssertBest(scores, [.. Enumerable.Range(0, 40)], package.Run(user, null, [], [], All));
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Run_CallersVector_ScoresAsTheFormula(RecommenderMethod method)
    {
        using var package = await WrittenPackage.CreateAsync(Recommenders.Draw(method), _folder, Cancellation);
        var vector = CallerVector.Of(package.Model, package.History(5, most: 12));

        AssertBest(PlainScores.Of(package.Data, vector), [.. Enumerable.Range(0, 40)], package.Run(ItemScores.Nobody, vector, [], [], All));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Run_UsersOwnVector_ScoresAsTheUser(RecommenderMethod method)
    {
        using var package = await WrittenPackage.CreateAsync(Recommenders.Draw(method), _folder, Cancellation);

        var byVector = package.Run(ItemScores.Nobody, PlainScores.VectorOf(package.Data, 8), [], [], 10);

        var byUser = package.Run(8, null, [], [], 10);
        Assert.Equal(byUser.Items, byVector.Items);
        Assert.All(byUser.Scores.Zip(byVector.Scores), s => Assert.Equal(s.First, s.Second, 1e-4f));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Run_CandidatesAndExcluded_AnswersThoseThatAreLeft(RecommenderMethod method)
    {
        using var package = await WrittenPackage.CreateAsync(Recommenders.Draw(method), _folder, Cancellation);
        var scores = PlainScores.Of(package.Data, PlainScores.VectorOf(package.Data, 3));

        AssertBest(scores, [7, 30, 2, 11], package.Run(3, null, [30, 2, 7, 11], [], All));
        AssertBest(scores, [30, 11], package.Run(3, null, [30, 2, 7, 11], [7, 39, 2], All));
        AssertBest(scores, [.. Enumerable.Range(0, 40).Except([7, 39, 2])], package.Run(3, null, [], [7, 39, 2], All));
        Assert.Equal(3, package.Run(3, null, [], [7, 39, 2], 3).Items.Count);
        Assert.Empty(package.Run(3, null, [2, 7], [7, 2], 5).Items);
        Assert.Empty(package.Run(3, null, [], [.. Enumerable.Range(0, 40).Select(i => (long)i)], 5).Items);
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertBest(float[] scores, int[] items, ItemScores answer)
    {
        Assert.Equal(items.Order().Select(i => (long)i), answer.Items.Order());
        Assert.All(answer.Items.Zip(answer.Scores), a => Assert.Equal(scores[a.First], a.Second, 1e-4f));
        Assert.Equal(answer.Scores.OrderDescending(), answer.Scores);
    }
}
