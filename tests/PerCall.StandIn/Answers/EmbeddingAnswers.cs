using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using PerCall.StandIn.Requests;

namespace PerCall.StandIn.Answers;

/// <summary>Vectors of length 1 that depend on the input alone.</summary>
internal static class EmbeddingAnswers
{
    private const int DefaultDimensions = 8;

    public static string Whole(Asked asked, Usage usage)
    {
        var dimensions = Asked.Number(asked.Body, "dimensions") ?? DefaultDimensions;
        var base64 = Asked.Text(asked.Body, "encoding_format") == "base64";
        var data = Inputs(asked.Body).Select((input, i) =>
        {
            var vector = Vector(input, dimensions);
            var value = base64
                ? $"\"{Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vector))}\""
                : $"[{string.Join(',', vector.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))}]";
            return $$"""{"object":"embedding","index":{{i}},"embedding":{{value}}}""";
        });
        var reported = usage.Embeddings is { } found ? $""","usage":{found}""" : "";
        return $$"""{"object":"list","data":[{{string.Join(',', data)}}],"model":{{ChatAnswers.Model(asked)}}{{reported}}}""";
    }

    private static IEnumerable<string> Inputs(JsonElement body)
    {
        if (Asked.Member(body, "input") is not { } input)
        {
            return [];
        }

        // A text or a list of token numbers is one input.
        return input.ValueKind == JsonValueKind.Array && input.EnumerateArray().All(i => i.ValueKind != JsonValueKind.Number)
            ? input.EnumerateArray().Select(i => i.GetRawText())
            : [input.GetRawText()];
    }

    private static float[] Vector(string input, int dimensions)
    {
        var vector = new float[dimensions];
        for (var i = 0; i < dimensions; i++)
        {
            vector[i] = ((float)(XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(input), i) >> 40) / (1 << 23)) - 1;
        }

        var length = MathF.Sqrt(vector.Sum(v => v * v));
        return [.. vector.Select(v => v / length)];
    }
}
