using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Images;

/// <summary>Same as <see cref="Client.Wire.ClassifyImageRequest"/>, but decodes the image directly into rented memory.</summary>
public sealed record ImageBody
{
    [JsonConverter(typeof(RentedBase64))]
    public (byte[] Rented, int Length)? Image { get; init; }

    public string? Model { get; init; }

    public int? TopK { get; init; }
}

/// <summary>Decodes base64, or a <c>data:</c> URL with base64, into memory from the shared pool.</summary>
public sealed class RentedBase64 : JsonConverter<(byte[] Rented, int Length)?>
{
    public override (byte[] Rented, int Length)? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException("expected a string with the bytes of the picture in base64");
        }

        if (!reader.ValueIsEscaped && !reader.HasValueSequence)
        {
            return Decode(reader.ValueSpan);
        }

        // Some libraries escape a slash as "\/".
        var plain = ArrayPool<byte>.Shared.Rent(
            reader.HasValueSequence ? checked((int)reader.ValueSequence.Length) : reader.ValueSpan.Length);
        try
        {
            return Decode(plain.AsSpan(0, reader.CopyString(plain)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    public override void Write(Utf8JsonWriter writer, (byte[] Rented, int Length)? value, JsonSerializerOptions options) =>
        throw new NotSupportedException();

    private static (byte[] Rented, int Length)? Decode(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("data:"u8) && text.IndexOf((byte)',') is > 0 and var comma)
        {
            text = text[(comma + 1)..];
        }

        if (text.IsEmpty)
        {
            return null;
        }

        if (text.StartsWith("https://"u8) || text.StartsWith("http://"u8))
        {
            throw ImageRequestReader.Address();
        }

        var image = ArrayPool<byte>.Shared.Rent(System.Buffers.Text.Base64.GetMaxDecodedFromUtf8Length(text.Length));
        if (System.Buffers.Text.Base64.DecodeFromUtf8(text, image, out _, out var written) == OperationStatus.Done)
        {
            return (image, written);
        }

        ArrayPool<byte>.Shared.Return(image);
        throw ImageRequestReader.MalformedBase64();
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 16)]
[JsonSerializable(typeof(ImageBody))]
public sealed partial class ImageJson : JsonSerializerContext
{
    /// <inheritdoc cref="RequestJson"/>
    public static ImageJson Strict => field ??= new(RequestJson.Strict(Default));
}
