using System.Text;
using System.Text.Json;
using PerCall.StandIn.Requests;
using PerCall.StandIn.Scripts;

namespace PerCall.StandIn.Answers;

/// <summary>One generated token.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Alternatives">What could have been there, with its probability, the most probable first.</param>
internal sealed record Piece(string Text, IReadOnlyList<(string Text, double Probability)> Alternatives);

/// <summary>What an answer generates, in each choice.</summary>
/// <param name="Pieces">The tokens of JSON; null: plain words.</param>
/// <param name="Tokens">The number of tokens.</param>
/// <param name="Function">The called function; null: the tokens are text.</param>
/// <param name="FinishReason">As chat completions report it.</param>
internal sealed record Content(IReadOnlyList<Piece>? Pieces, int Tokens, string? Function, string FinishReason)
{
    private const int DefaultTokens = 8;
    private const int EchoedCharacters = 3;

    public string Text => Pieces is null
        ? Words.Text(Tokens)
        : string.Concat(Pieces.Take(Tokens).Select(p => p.Text));

    public static Content From(Asked asked, Script script)
    {
        var function = asked.Function;
        var schema = function is { } called ? Asked.Member(called, "parameters") ?? default : asked.Schema;
        var pieces = function is null && schema is null
            ? Echo(asked, script)
            : SchemaInstance.Build(schema ?? default, asked.LastText, script);
        var tokens = pieces?.Count ?? script.Number("tokens", DefaultTokens);
        var finish = function is null ? "stop" : "tool_calls";
        if (asked.Bound is { } bound && bound < tokens && !script.Has("beyond"))
        {
            (tokens, finish) = (bound, "length");
        }

        if (script.Number("filter") is { } filtered && filtered < tokens)
        {
            (tokens, finish) = (filtered, "content_filter");
        }

        return new(pieces, tokens, function is { } named ? Asked.Text(named, "name") : null, finish);
    }

    /// <summary>Returns the text before the script, in tokens of few characters; null: the script does not ask for it.</summary>
    private static List<Piece>? Echo(Asked asked, Script script) => script.Has("echo")
        ? [.. asked.LastText.Split(Script.Mark)[0].Chunk(EchoedCharacters).Select(c => new string(c)).Select(t => new Piece(t, [(t, 1)]))]
        : null;

    public Piece At(int number) => Pieces?[number] ?? new(Words.At(number), [(Words.At(number), 1)]);

    /// <summary>The token as the inside of a JSON string.</summary>
    public ReadOnlyMemory<byte> Utf8At(int number) => Pieces is null
        ? Words.Utf8At(number)
        : Encoding.UTF8.GetBytes(JsonEncodedText.Encode(Pieces[number].Text).Value);
}
