using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PerCall.Inference.LargeModels;
using Xunit;

namespace PerCall.Inference.Tests.LargeModels;

public sealed class LabelProbabilitiesTests
{
    [Fact]
    public void Of_LabelsOfOneToken_AreNormalisedOverTheLabels()
    {
        var probabilities = Of(
            ["spam", "ham", "other"], chosen: 0,
            Token("{\""), Token("label"), Token("\":\""),
            Token("spam", ("spam", 0.6), ("ham", 0.2), ("Spam", 0.1), (" spam", 0.1)),
            Token("\"}"));

        Assert.Equal([0.75, 0.25, double.NaN], probabilities!, Near);
    }

    [Fact]
    public void Of_LabelsThatShareAToken_MultipliesAlongTheChosenOne()
    {
        var probabilities = Of(
            ["very good", "very bad", "fair"], chosen: 1,
            Token("{\"label\":\""),
            Token("very", ("very", 0.8), ("fair", 0.2)),
            Token(" bad", (" bad", 0.3), (" good", 0.2), (" ugly", 0.5)),
            Token("\"}"));

        // Of the 0.8 for "very", 0.3 ÷ 0.5 are for "bad".
        Assert.Equal([0.32, 0.48, 0.2], probabilities!, Near);
    }

    [Fact]
    public void Of_TokenThatWasNotChosenAndThatLabelsShare_BelongsToNoLabel()
    {
        var probabilities = Of(
            ["very good", "very bad", "fair"], chosen: 2,
            Token("{\"label\":\""), Token("fair", ("fair", 0.7), ("very", 0.3)), Token("\"}"));

        Assert.Equal([double.NaN, double.NaN, 0.7], probabilities!, Near);
    }

    [Fact]
    public void Of_LabelThatBeginsAnother_IsToldApartByItsEnd()
    {
        var probabilities = Of(
            ["no", "not sure"], chosen: 0,
            Token("{\"label\":\""), Token("no", ("no", 0.9)), Token("\"}", ("\"}", 0.6), ("t", 0.2), ("\"", 0.2)));

        Assert.Equal([0.8, 0.2], probabilities!, Near);
    }

    [Fact]
    public void Of_SeveralTokensForOneLabel_AddsThem()
    {
        var probabilities = Of(
            ["spam", "ham"], chosen: 0,
            Token("{\"label\":\""), Token("sp", ("sp", 0.3), ("spam", 0.3), ("h", 0.1), ("ham", 0.3)), Token("am\"}"));

        Assert.Equal([0.6, 0.4], probabilities!, Near);
    }

    [Fact]
    public void Of_TokenThatBeginsBeforeTheLabel_ComparesWhatFollows()
    {
        var probabilities = Of(
            ["spam", "ham"], chosen: 1,
            Token("{\"label\":"), Token("\"ham", ("\"ham", 0.5), ("\"spam", 0.25), ("\"", 0.2), ("ham", 0.05)), Token("\"}"));

        // The quote alone can become each label. A label without a quote is not valid.
        Assert.Equal([0.25 / 0.95, 0.5 / 0.95], probabilities!, Near);
    }

    [Fact]
    public void Of_CharacterInTwoTokens_IsComparedByItsBytes()
    {
        byte[] sign = Encoding.UTF8.GetBytes("é");
        var probabilities = LabelProbabilities.Of(
            ["thé", "thè"], 0,
            [
                Token("{\"label\":\"th"),
                new(new(sign.AsMemory(0, 1), 0), []),
                new(
                    new(sign.AsMemory(1, 1), Math.Log(0.6)),
                    [new(sign.AsMemory(1, 1), Math.Log(0.6)), new(Encoding.UTF8.GetBytes("è").AsMemory(1, 1), Math.Log(0.2))]),
                Token("\"}"),
            ]);

        Assert.Equal([0.75, 0.25], probabilities!, Near);
    }

    [Fact]
    public void Of_ProbabilitiesThatAreZeroAsNumbers_StaysFinite()
    {
        var probabilities = LabelProbabilities.Of(
            ["spam", "ham"], 0,
            [Token("{\"label\":\""), new(new("spam"u8.ToArray(), double.NegativeInfinity), [new("ham"u8.ToArray(), -9999)]), Token("\"}")]);

        Assert.Equal([1, double.NaN], probabilities!, Near);
    }

    [Theory]
    [InlineData("spam")]
    [InlineData("{\"label\":\"sp\\u0061m\"}")]
    [InlineData("{\"other\":\"spam\"}")]
    [InlineData("{\"label\":[\"spam\"]}")]
    public void Of_TokensThatDoNotSpellTheLabel_ShowNothing(string answer) =>
        Assert.Null(Of(["spam", "ham"], 0, [.. answer.Select(c => Token(c.ToString()))]));

    [Fact]
    public void Of_GeneratedModels_GivesTheProbabilitiesThatTheModelHas() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20261129, 1),
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var model = LabelModel.Create(new Random(seed));

            var probabilities = LabelProbabilities.Of(model.Labels, model.Chosen, model.Answer())!;

            Assert.Equal(model.Probabilities[model.Chosen], probabilities[model.Chosen], Near);
            Assert.All(
                probabilities.Zip(model.Probabilities).Where(p => !double.IsNaN(p.First)), p => Assert.Equal(p.Second, p.First, Near));
            Assert.InRange(probabilities.Where(p => !double.IsNaN(p)).Sum(), 0, 1 + Tolerance);
        }));

    [Fact]
    public void Of_TokensThatNoLabelAllows_ChangesNothing() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(20261129, 3),
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var model = LabelModel.Create(new Random(seed));
            var plain = LabelProbabilities.Of(model.Labels, model.Chosen, model.Answer())!;

            var noisy = LabelProbabilities.Of(model.Labels, model.Chosen, model.Answer(noise: new Random(seed)))!;

            Assert.Equal(plain, noisy, Near);
        }));

    private const double Tolerance = 1e-9;

    private static Comparer Near { get; } = new();

    private static double[]? Of(string[] labels, int chosen, params AnswerToken[] tokens) => LabelProbabilities.Of(labels, chosen, tokens);

    private static AnswerToken Token(string text, params (string Text, double Probability)[] top) => new(
        new(Encoding.UTF8.GetBytes(text), Math.Log(top.FirstOrDefault(t => t.Text == text, (text, 1)).Item2)),
        [.. top.Select(t => new TokenLikelihood(Encoding.UTF8.GetBytes(t.Text), Math.Log(t.Probability)))]);

    private sealed class Comparer : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => (double.IsNaN(x) && double.IsNaN(y)) || Math.Abs(x - y) < Tolerance;

        public int GetHashCode(double obj) => 0;
    }
}
