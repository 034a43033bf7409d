using System.Text;

namespace PerCall.StandIn;

/// <summary>Words that are one token each in OpenAI's encodings, with the space before them, in any order.</summary>
public static class Words
{
    private static readonly string[] Texts =
    [
        " the", " time", " people", " year", " day", " world", " school", " state", " family", " student", " group", " country",
        " problem", " hand", " part", " place", " case", " week", " company", " system", " program", " question", " work", " government",
        " number", " night", " point", " home", " water", " room", " mother", " area", " money", " story", " fact", " month",
    ];

    private static readonly byte[][] Bytes = [.. Texts.Select(Encoding.UTF8.GetBytes)];

    /// <summary>Returns the token with this number, 0 or more.</summary>
    public static string At(int number) => Texts[number % Texts.Length];

    /// <summary>Returns so many tokens as one text.</summary>
    public static string Text(int tokens) => string.Concat(Enumerable.Range(0, tokens).Select(At));

    internal static ReadOnlyMemory<byte> Utf8At(int number) => Bytes[number % Bytes.Length];
}
