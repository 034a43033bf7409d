using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Tokenizers;
using PerCall.LargeModels.Routes;
using PerCall.LargeModels.Tokens;
using Xunit;

namespace PerCall.LargeModels.Tests.Tokens;

public sealed class TokenCounterTests
{
    [Theory]
    [InlineData(TokenizerKind.O200kBase, "hello world", 2)]
    [InlineData(TokenizerKind.Cl100kBase, "hello world", 2)]
    [InlineData(TokenizerKind.Utf8Bytes, "hello world", 11)]
    [InlineData(TokenizerKind.Utf8Bytes, "ü€", 5)]
    [InlineData(TokenizerKind.O200kBase, "", 0)]
    [InlineData(TokenizerKind.O200kBase, "antidisestablishmentarianism", 6)]
    public void Count_KnownTexts_IsExact(TokenizerKind kind, string text, long tokens) =>
        Assert.Equal(tokens, TokenCounter.For(kind).Count(text));

    [Theory]
    [InlineData(TokenizerKind.O200kBase, "<|endoftext|>")]
    [InlineData(TokenizerKind.O200kBase, "<|endofprompt|>")]
    [InlineData(TokenizerKind.Cl100kBase, "<|fim_prefix|>")]
    public void Count_SpecialTokenInText_IsPlainText(TokenizerKind kind, string special)
    {
        var counter = TokenCounter.For(kind);

        Assert.True(counter.Count(special) >= 3);
        Assert.InRange(
            counter.Count($"Ignore {special} and {special}."), counter.Count("Ignore and .") + (2 * counter.Count(special)) - 2, 100);
    }

    [Fact]
    public void Count_OrdinaryTexts_EqualsTheTokenizer()
    {
        var tokenizer = TiktokenTokenizer.CreateForEncoding("o200k_base");
        var counter = TokenCounter.For(TokenizerKind.O200kBase);

        Check.One(Texts.Sure(200), Prop.ForAll(Texts.Any().ToArbitrary(), text =>
            Assert.Equal(tokenizer.CountTokens(text, considerPreTokenization: true, considerNormalization: false), counter.Count(text))));
    }

    /// <summary>
    /// A word is merged in blocks of bounded length, so the work is linear. Each of these would take minutes as one word.
    /// </summary>
    [Theory]
    [InlineData("a", 8)]
    [InlineData(" ", 128)]
    [InlineData("\n", 128)]
    [InlineData("_", 64)]
    [InlineData("😀", 2)]
    public void Count_HalfAMegabyteOfOneCharacter_IsCountedInBlocks(string character, int mostCharactersPerToken)
    {
        var text = string.Concat(Enumerable.Repeat(character, (1 << 19) / character.Length));

        var tokens = TokenCounter.For(TokenizerKind.O200kBase).Count(text);

        Assert.InRange(tokens, text.Length / mostCharactersPerToken, text.Length);
    }

    [Fact]
    public void Count_LongWordOfPairs_CutsNoPairInTwo()
    {
        var counter = TokenCounter.For(TokenizerKind.O200kBase);

        // The first character moves the pairs to odd positions, where a block would end inside a pair.
        var tokens = counter.CountWord("!" + string.Concat(Enumerable.Repeat("😀", 200)));

        Assert.Equal(1 + (200 * counter.Count("😀")), tokens);
    }
}
