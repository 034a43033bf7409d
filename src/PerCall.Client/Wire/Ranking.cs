using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerCall.Client.Wire;

/// <summary>The body of <c>POST /v1/rerank</c>, in the form that Cohere's and Jina's clients send.</summary>
public sealed record RerankRequest
{
    /// <summary>The query.</summary>
    public string? Query { get; init; }

    /// <summary>1 to 256 documents: strings, or objects with <c>text</c>.</summary>
    [JsonConverter(typeof(RankedDocuments))]
    public IReadOnlyList<string>? Documents { get; init; }

    /// <summary>The model: name, name/version or name/alias.</summary>
    public string? Model { get; init; }

    /// <summary>Number of documents to return, at least 1; all if omitted.</summary>
    public int? TopN { get; init; }

    /// <summary>Whether the results have the texts of the documents; false if omitted.</summary>
    public bool? ReturnDocuments { get; init; }
}

/// <summary>Documents by relevance.</summary>
public sealed record RerankResponse
{
    /// <summary>The response's id.</summary>
    public required string Id { get; init; }

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The version of that model.</summary>
    public required string Version { get; init; }

    /// <summary>The documents, the most relevant first.</summary>
    public required IReadOnlyList<RankedDocument> Results { get; init; }

    /// <summary>The number of characters and tokens read. The query is read with each document.</summary>
    public required RankingUsage Usage { get; init; }
}

/// <summary>A document and its relevance.</summary>
/// <param name="Index">The index of the document in the call, from 0.</param>
/// <param name="RelevanceScore">The score that the model gives.</param>
/// <param name="Document">The document, if the call asks for it.</param>
public sealed record RankedDocument(int Index, float RelevanceScore, DocumentText? Document = null);

/// <summary>The text of a document.</summary>
/// <param name="Text">The text.</param>
public sealed record DocumentText(string Text);

/// <summary>The number of characters and tokens read in a call.</summary>
/// <param name="Characters">Unicode characters (scalar values) of all pairs.</param>
/// <param name="TotalTokens">Tokens of all pairs.</param>
public sealed record RankingUsage(long Characters, long TotalTokens);

/// <summary>Reads documents that are strings or objects with <c>text</c>. Writes strings.</summary>
public sealed class RankedDocuments : JsonConverter<IReadOnlyList<string>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("expected an array of strings, or of objects with 'text'.");
        }

        var documents = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            documents.Add(reader.TokenType switch
            {
                JsonTokenType.String => reader.GetString()!,
                JsonTokenType.StartObject => TextOf(ref reader, documents.Count),
                _ => throw new JsonException($"the document with index {documents.Count} is not a string or an object with 'text'."),
            });
        }

        return documents;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var document in value)
        {
            writer.WriteStringValue(document);
        }

        writer.WriteEndArray();
    }

    private static string TextOf(ref Utf8JsonReader reader, int index)
    {
        string? text = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            text = name == "text" && reader.TokenType == JsonTokenType.String && text is null
                ? reader.GetString()
                : throw new JsonException($"the document with index {index} may have only the text 'text'; it has '{name}'.");
        }

        return text ?? throw new JsonException($"the document with index {index} has no 'text'.");
    }
}
