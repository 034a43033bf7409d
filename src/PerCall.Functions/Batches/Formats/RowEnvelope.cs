using System.Text.Json;
using System.Text.Unicode;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Batches.Formats;

/// <summary>The data around a row's input: the row's own id and, in OpenAI's form, the method and URL of the call.</summary>
/// <param name="Id">The row's own id; null if it has none.</param>
/// <param name="Body">The position of the input's JSON in the row.</param>
/// <param name="Fault">The reason why the row has no valid input; null if it has one.</param>
public readonly record struct RowEnvelope(string? Id, Range Body, RowFault? Fault)
{
    private const int MaxId = 512;

    public static RowEnvelope Read(ReadOnlySpan<byte> row, RowStyle style, string endpoint)
    {
        string? id = null;
        try
        {
            return style == RowStyle.Plain ? ReadPlain(row, ref id) : ReadOpenAi(row, endpoint, ref id);
        }
        catch (JsonException e)
        {
            var fault = Utf8.IsValid(row)
                ? new RowFault(
                    "malformed_json",
                    $"The line is not a JSON object: {e.Message.Split(" LineNumber", 2)[0].Split(" Path:", 2)[0].TrimEnd('.')} "
                        + $"(byte {e.BytePositionInLine}).")
                : new RowFault("invalid_utf8", TextEncodings.NotUtf8("line"));
            return new(id, default, fault);
        }
        catch (InvalidOperationException)
        {
            var fault = Utf8.IsValid(row)
                ? new RowFault("malformed_json", "The line has an escape sequence for half of a surrogate pair, which is not a character.")
                : new RowFault("invalid_utf8", TextEncodings.NotUtf8("line"));
            return new(id, default, fault);
        }
    }

    private static RowEnvelope ReadPlain(ReadOnlySpan<byte> row, ref string? id)
    {
        var reader = Begin(row);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.ValueTextEquals("id"u8) || reader.ValueTextEquals("custom_id"u8);
            reader.Read();
            if (isId)
            {
                id = IdOf(ref reader, "id");
            }
            else
            {
                reader.Skip();
            }
        }

        End(ref reader);
        return new(id, .., null);
    }

    private static RowEnvelope ReadOpenAi(ReadOnlySpan<byte> row, string endpoint, ref string? id)
    {
        var reader = Begin(row);
        string? url = null, method = null;
        Range? body = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.ValueTextEquals("custom_id"u8) ? 'i' : reader.ValueTextEquals("url"u8)
                ? 'u' : reader.ValueTextEquals("method"u8) ? 'm' : reader.ValueTextEquals("body"u8) ? 'b' : ' ';
            reader.Read();
            switch (name)
            {
                case 'i':
                    id = IdOf(ref reader, "custom_id");
                    break;
                case 'u' when reader.TokenType == JsonTokenType.String:
                    url = reader.GetString();
                    break;
                case 'm' when reader.TokenType == JsonTokenType.String:
                    method = reader.GetString();
                    break;
                case 'b' when reader.TokenType == JsonTokenType.StartObject:
                    var from = (int)reader.TokenStartIndex;
                    reader.Skip();
                    body = from..(int)reader.BytesConsumed;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        End(ref reader);
        var fault =
            id is null ? new RowFault("missing_custom_id", "The line has no 'custom_id'; it identifies the row's result.", "custom_id")
            : body is null ? new RowFault(
                "missing_body", "The line has no 'body'; it must be an object with the body of a single call.", "body")
            : url is not null && url != endpoint ? new RowFault(
                "wrong_url", $"The line's 'url' is '{Page.Short(url)}', but the batch is for {endpoint}.", "url")
            : method is not null && !method.Equals("POST", StringComparison.OrdinalIgnoreCase) ? new RowFault(
                "wrong_method", $"The line's 'method' is '{Page.Short(method)}'; allowed: POST.", "method")
            : null;
        return new(id, body ?? default, fault);
    }

    private static Utf8JsonReader Begin(ReadOnlySpan<byte> row)
    {
        var reader = new Utf8JsonReader(row);
        return reader.Read() && reader.TokenType == JsonTokenType.StartObject
            ? reader
            : throw new JsonException("expected an object", null, 0, 0);
    }

    private static void End(ref Utf8JsonReader reader)
    {
        // If anything follows the object, the reader reports the fault.
        reader.Read();
    }

    private static string? IdOf(ref Utf8JsonReader reader, string name)
    {
        var id = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
            JsonTokenType.Null => null,
            _ => throw new JsonException($"'{name}' is neither a string nor a number", null, 0, reader.TokenStartIndex),
        };
        return id?.Length <= MaxId ? id : id is null ? null : throw new JsonException(
            $"'{name}' is longer than {MaxId} characters", null, 0, reader.TokenStartIndex);
    }
}
