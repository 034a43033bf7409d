using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v1/embeddings</c> for a model of this service, as OpenAI's clients send it.</summary>
public sealed record CreateEmbeddingRequest
{
    /// <summary>One text, or up to 256: a string or an array of strings.</summary>
    [JsonConverter(typeof(OneOrManyTexts))]
    public IReadOnlyList<string>? Input { get; init; }

    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary><c>float</c> (default), or <c>base64</c> for the vectors as little-endian float32 in base64.</summary>
    public string? EncodingFormat { get; init; }

    /// <summary>Length of the vectors, if the model allows shorter ones.</summary>
    public int? Dimensions { get; init; }

    /// <summary>Accepted for OpenAI's clients, and not used.</summary>
    public string? User { get; init; }
}

/// <summary>Vectors of texts, in OpenAI's form.</summary>
public sealed record CreateEmbeddingResponse
{
    /// <summary>Always <c>list</c>.</summary>
    public string Object { get; init; } = "list";

    /// <summary>One vector for each text, in the order of the input.</summary>
    public required IReadOnlyList<EmbeddingData> Data { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The number of tokens read.</summary>
    public required EmbeddingUsage Usage { get; init; }
}

/// <summary>The vector of one text.</summary>
/// <param name="Index">The index of the text in the call, from 0.</param>
/// <param name="Embedding">The vector.</param>
public sealed record EmbeddingData(int Index, EmbeddingVector Embedding)
{
    /// <summary>Always <c>embedding</c>.</summary>
    public string Object { get; init; } = "embedding";
}

/// <summary>A vector: an array of numbers on the wire, or base64 of little-endian float32 values.</summary>
/// <param name="Values">The values.</param>
/// <param name="AsBase64">Whether it is written in base64.</param>
[JsonConverter(typeof(EmbeddingVectorConverter))]
public sealed record EmbeddingVector(IReadOnlyList<float> Values, bool AsBase64 = false);

/// <summary>The number of tokens read in a call.</summary>
/// <param name="PromptTokens">Tokens of all texts.</param>
/// <param name="TotalTokens">The same number.</param>
public sealed record EmbeddingUsage(long PromptTokens, long TotalTokens);

/// <summary>Reads and writes vectors in both forms.</summary>
public sealed class EmbeddingVectorConverter : JsonConverter<EmbeddingVector>
{
    /// <inheritdoc/>
    public override EmbeddingVector Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return new(MemoryMarshal.Cast<byte, float>(reader.GetBytesFromBase64()).ToArray(), AsBase64: true);
        }

        var values = new List<float>();
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            values.Add(reader.GetSingle());
        }

        return new(values);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EmbeddingVector value, JsonSerializerOptions options)
    {
        if (value.AsBase64)
        {
            // All platforms of .NET 10 are little-endian.
            writer.WriteBase64StringValue(MemoryMarshal.AsBytes<float>(value.Values as float[] ?? [.. value.Values]));
            return;
        }

        writer.WriteStartArray();
        foreach (var number in value.Values)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }
}
