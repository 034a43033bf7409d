using PerCall.Inference.Outputs;
using PerCall.Inference.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Outputs;

public sealed class ScoresTests
{
    private static readonly string[] Labels = ["a", "b", "c", "d"];

    [Fact]
    public void Activate_SoftmaxOfLargeLogits_IsFinite()
    {
        float[] values = [1000, 999, -1000, 1000];
        Scores.Activate(Activation.Softmax, values);

        Assert.Equal(1, values.Sum(), 0.00001f);
        Assert.Equal(values[0] / MathF.E, values[1], 0.00001f);
        Assert.Equal(0, values[2]);
    }

    [Fact]
    public void Activate_Sigmoid_IsPerLabel()
    {
        float[] values = [0, 2, -100, 100];
        Scores.Activate(Activation.Sigmoid, values);

        Assert.Equal([0.5f, 0.880797f, 0f, 1f], values.Select(v => MathF.Round(v, 6)));
    }

    [Fact]
    public void Activate_None_LeavesTheValues()
    {
        float[] values = [3, -1];
        Scores.Activate(Activation.None, values);

        Assert.Equal([3, -1], values);
    }

    [Fact]
    public void Top_Equals_KeepTheOrderOfLabels()
    {
        Assert.Equal(["b", "a", "c"], Scores.Top([1, 2, 1, 0], Labels, 3).Select(p => p.Label));
    }

    [Fact]
    public void Top_MoreThanThereAre_GivesAll()
    {
        Assert.Equal(["d", "c", "b", "a"], Scores.Top([1, 2, 3, 4], Labels, 9).Select(p => p.Label));
    }

    [Fact]
    public void Top_OfLabelsThatAreCalledTheSame_NamesTheirPlaces()
    {
        var top = Scores.Top([0.1f, 0.7f, 0.2f], ["crane", "crane", "heron"], 3, new HashSet<string> { "crane" });

        Assert.Equal([("crane", 1), ("heron", null), ("crane", 0)], top.Select(p => (p.Label, p.Index)));
    }
}
