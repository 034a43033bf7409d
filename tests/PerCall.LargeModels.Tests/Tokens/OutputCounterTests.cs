using FsCheck;
using FsCheck.Fluent;
using PerCall.LargeModels.Routes;
using PerCall.LargeModels.Tokens;
using Xunit;

namespace PerCall.LargeModels.Tests.Tokens;

public sealed class OutputCounterTests
{
    [Theory]
    [InlineData(TokenizerKind.O200kBase)]
    [InlineData(TokenizerKind.Cl100kBase)]
    [InlineData(TokenizerKind.Utf8Bytes)]
    public void Add_AnyPieces_CountsWhatTheWholeTextHas(TokenizerKind kind) =>
        Check.One(Texts.Sure(150), Prop.ForAll(
            Texts.Pieces().ListOf(12).Select(lists => lists.SelectMany(l => l).ToList()).ToArbitrary(),
            Gen.Choose(1, 40).ToArbitrary(),
            (pieces, size) =>
            {
                var text = string.Concat(pieces);
                var counter = new OutputCounter(kind);
                foreach (var delta in text.Chunk(size))
                {
                    counter.Add(new string(delta));
                }

                Assert.Equal(TokenCounter.For(kind).Count(text), counter.Tokens);
            }));

    [Fact]
    public void Tokens_ReadAfterEachPiece_IsTheCountSoFar()
    {
        const string text = "It's a long sentence, with 12345 numbers and HTTPServers, over several flushes of the tail. "
            + "And then another one follows it.";
        var counter = new OutputCounter(TokenizerKind.O200kBase);

        for (var i = 0; i < text.Length; i++)
        {
            counter.Add(text[i..(i + 1)]);
            Assert.Equal(TokenCounter.For(TokenizerKind.O200kBase).Count(text[..(i + 1)]), counter.Tokens);
        }
    }

    [Theory]
    [InlineData("a", 7)]
    [InlineData(" ", 5)]
    [InlineData("漢", 3)]
    [InlineData("😀", 3)]
    [InlineData("!\"#", 11)]
    public void Add_EndlessWord_KeepsABoundedTailAndCountsNearlyExactly(string character, int repeatsPerDelta)
    {
        var counter = new OutputCounter(TokenizerKind.O200kBase);
        var delta = string.Concat(Enumerable.Repeat(character, repeatsPerDelta));
        for (var i = 0; i < 2000; i++)
        {
            counter.Add(delta);
        }

        var whole = TokenCounter.For(TokenizerKind.O200kBase).Count(string.Concat(Enumerable.Repeat(delta, 2000)));

        Assert.InRange(counter.Tokens, whole - (whole / 100) - 2, whole + (whole / 100) + 2);
        Assert.InRange(counter.TailLength, 0, 1024);
    }
}
