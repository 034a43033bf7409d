using System.Buffers;
using System.Text.Json;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Scoring;

namespace PerCall.Functions.Batches.Calls;

/// <summary>The provider's answer to a row.</summary>
/// <param name="json">The answer as JSON in UTF-8, in one line.</param>
/// <param name="tokens">What the row is charged for.</param>
public sealed class CallAnswer(ReadOnlyMemory<byte> json, CallTokens tokens) : TaskAnswer
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);

    public ReadOnlyMemory<byte> Json => json;

    public CallTokens Tokens => tokens;

    /// <summary>Empty: such batches have no table.</summary>
    public override IReadOnlyList<object?> Cells => [];

    public override void WriteTo(Utf8JsonWriter writer) => writer.WriteRawValue(json.Span, skipInputValidation: true);

    /// <summary>Returns JSON without line ends, because a row of the output is one line. Within strings, JSON has no line ends.</summary>
    public static ReadOnlyMemory<byte> InOneLine(ReadOnlyMemory<byte> json)
    {
        if (json.Span.IndexOfAny(LineEnds) < 0)
        {
            return json;
        }

        var line = json.ToArray();
        foreach (ref var one in line.AsSpan())
        {
            one = one is (byte)'\r' or (byte)'\n' ? (byte)' ' : one;
        }

        return line;
    }
}
