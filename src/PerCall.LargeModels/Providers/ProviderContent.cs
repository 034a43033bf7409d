using System.Buffers;
using System.ClientModel;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PerCall.LargeModels.Providers;

/// <summary>Builds the body for a deployment.</summary>
internal static class ProviderContent
{
    // The body is not shown in HTML. Escaping texts in other scripts would double their length.
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the body with the deployment's model name. The body itself does not change, because it may be sent again.</summary>
    /// <exception cref="LargeModelRefusedException">A name occurs twice, or a text is not valid Unicode.</exception>
    public static BinaryContent Json(JsonObject body, string model)
    {
        var buffer = new ArrayBufferWriter<byte>();
        try
        {
            using var writer = new Utf8JsonWriter(buffer, Writing);
            Write(writer, body, model);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new LargeModelRefusedException(
                400, "invalid_json", "The body has a name twice in one object, or a text that is not valid Unicode.", inner: e);
        }

        return BinaryContent.Create(new BinaryData(buffer.WrittenMemory));
    }

    /// <summary>Builds the form of a transcription. The file is not copied.</summary>
    /// <returns>The body, and its content type with the boundary.</returns>
    public static (BinaryContent Content, string ContentType) Form(AudioForm form, string model)
    {
        var parts = new MultipartFormDataContent { { new StringContent(model), "model" } };
        foreach (var (name, value) in form.Fields.Where(f => f.Key != "model"))
        {
            parts.Add(new StringContent(value), Quoted(name));
        }

        parts.Add(
            new ReadOnlyMemoryContent(form.File) { Headers = { ContentType = new("application/octet-stream") } }, "file",
            Quoted(form.FileName));
        return (BinaryContent.Create(parts.ReadAsStream()), parts.Headers.ContentType!.ToString());
    }

    private static void Write(Utf8JsonWriter writer, JsonObject body, string model)
    {
        writer.WriteStartObject();
        writer.WriteString("model"u8, model);
        foreach (var (name, value) in body)
        {
            if (name == "model")
            {
                continue;
            }

            writer.WritePropertyName(name);
            if (value is null)
            {
                writer.WriteNullValue();
            }
            else
            {
                value.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>Escapes a name as browsers do for forms (WHATWG, multipart/form-data), so that it cannot end its header.</summary>
    private static string Quoted(string name) => $"\"{name.Replace("\"", "%22", StringComparison.Ordinal)
        .Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal)}\"";
}
