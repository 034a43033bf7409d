using FsCheck;
using FsCheck.Fluent;

namespace PerCall.LargeModels.Tests.Tokens;

/// <summary>Generated texts.</summary>
internal static class Texts
{
    private static readonly string[] Words =
    [
        "the", " the", " don't", "'", "'ll", " ", "  ", "\n", "\n\n", "\t", "12345", " 9", "HTTPServer", " naïve", "漢字", "😀", "👩‍👩‍👧", "...", " {\"a\":",
        "\"}", "//", "----------------", "e\u0301", " foo_bar", "\r\n", "<|", "x", "Привет", " สวัสดี", "=", "\u00A0", "é", " I",
    ];

    /// <summary>The same texts in each run, so that a failure can be repeated.</summary>
    public static Config Sure(int texts) => Config.QuickThrowOnFailure.WithMaxTest(texts).WithReplay(20261129, 1);

    public static Gen<string> Any() => Pieces().Select(string.Concat);

    public static Gen<List<string>> Pieces() => Gen.Elements(Words).ListOf();
}
