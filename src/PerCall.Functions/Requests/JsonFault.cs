using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PerCall.Functions.Requests;

/// <summary>
/// Says why JSON is not of a form, in a caller's words: which member, what it is, and what is expected. The serializer's own sentences name .NET's types, which mean nothing to a caller.
/// So the text is walked along the form once more, to its first fault; only refusals cost that.
/// </summary>
internal static class JsonFault
{
    private const int MaxShown = 40;

    /// <param name="utf8">What could not be read; valid UTF-8.</param>
    /// <param name="type">The form.</param>
    /// <param name="form">The form as a sentence shows it.</param>
    /// <param name="thrown">What the serializer said.</param>
    public static RefusedException Explain(ReadOnlySpan<byte> utf8, JsonTypeInfo type, string form, JsonException thrown)
    {
        if (utf8.Trim(" \t\r\n"u8).IsEmpty)
        {
            return RefusedException.BadRequest("malformed_json", $"The body is empty, and so no JSON; {form} is expected.", inner: thrown);
        }

        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = type.Options.MaxDepth });
            reader.Read();
            if (Find(ref reader, type, "", form, thrown) is { } fault)
            {
                return fault;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The text itself is not JSON, which the serializer has met at the same place.
        }

        var (param, line) = (ParamOf(thrown), (thrown.LineNumber ?? 0) + 1);
        var where = param is null ? "" : $" at '{param}'";
        return RefusedException.BadRequest("malformed_json", $"The body is no JSON of the form {form}{where}: {Reason(thrown)} (line {line}).", param, thrown);
    }

    /// <summary>The first fault of a value at whose first token the reader is; null: none, and the reader is at its last token.</summary>
    private static RefusedException? Find(ref Utf8JsonReader reader, JsonTypeInfo type, string path, string form, JsonException thrown) => type.Kind switch
    {
        // A list or an object that is left out may be null as well.
        not JsonTypeInfoKind.None when reader.TokenType == JsonTokenType.Null && path.Length > 0 => null,
        JsonTypeInfoKind.Object => FindInObject(ref reader, type, path, form, thrown),
        JsonTypeInfoKind.Enumerable => FindInArray(ref reader, type, path, form, thrown),
        JsonTypeInfoKind.Dictionary => FindInPairs(ref reader, type, path, form, thrown),
        _ => FindInValue(ref reader, type.Type, path, form, thrown),
    };

    private static RefusedException? FindInObject(ref Utf8JsonReader reader, JsonTypeInfo type, string path, string form, JsonException thrown)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Wrong(ref reader, path, path.Length == 0 ? form : $"an object with {Names(type)}", thrown);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var at = path.Length == 0 ? name : $"{path}.{name}";
            var member = type.Properties.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            reader.Read();
            if (member is null)
            {
                if (RequestJson.RefusesUnknownMembers(type))
                {
                    return RefusedException.BadRequest("unknown_member", $"'{Page.Short(at)}' is not known here; {(path.Length == 0 ? "the body" : $"'{Page.Short(path)}'")} may have {Names(type)}.", Page.Short(at), thrown);
                }

                reader.Skip();
            }
            else if (member.CustomConverter is not null)
            {
                // Only the converter knows the form. Its fault is the first if it lies here.
                if (ParamOf(thrown)?.StartsWith(at, StringComparison.OrdinalIgnoreCase) == true)
                {
                    return null;
                }

                reader.Skip();
            }
            else if (Find(ref reader, type.Options.GetTypeInfo(member.PropertyType), at, form, thrown) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static RefusedException? FindInArray(ref Utf8JsonReader reader, JsonTypeInfo type, string path, string form, JsonException thrown)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return Wrong(ref reader, path, "an array", thrown);
        }

        var element = type.Options.GetTypeInfo(type.ElementType!);
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (Find(ref reader, element, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), form, thrown) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static RefusedException? FindInPairs(ref Utf8JsonReader reader, JsonTypeInfo type, string path, string form, JsonException thrown)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Wrong(ref reader, path, "an object", thrown);
        }

        var value = type.Options.GetTypeInfo(type.ElementType!);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var at = $"{path}.{reader.GetString()}";
            reader.Read();
            if (Find(ref reader, value, at, form, thrown) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static RefusedException? FindInValue(ref Utf8JsonReader reader, Type type, string path, string form, JsonException thrown)
    {
        var (plain, nullable) = (Nullable.GetUnderlyingType(type) ?? type, !type.IsValueType || Nullable.GetUnderlyingType(type) is not null);
        if (plain == typeof(JsonElement))
        {
            reader.Skip();
            return null;
        }

        if (reader.TokenType == JsonTokenType.Null && nullable)
        {
            return null;
        }

        var (fits, expected) = Type.GetTypeCode(plain) switch
        {
            TypeCode.String => (reader.TokenType == JsonTokenType.String, "a string"),
            TypeCode.Boolean => (reader.TokenType is JsonTokenType.True or JsonTokenType.False, "true or false"),
            TypeCode.Int32 => (IsWhole(ref reader, out var value) && value is >= int.MinValue and <= int.MaxValue, "a whole number"),
            TypeCode.Int64 => (IsWhole(ref reader, out _), "a whole number"),
            TypeCode.Single or TypeCode.Double => (reader.TokenType == JsonTokenType.Number || (reader.TokenType == JsonTokenType.String && double.TryParse(reader.GetString(), CultureInfo.InvariantCulture, out _)), "a number"),
            _ when plain == typeof(DateTimeOffset) => (reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out _), "a time such as \"2027-01-31T12:00:00Z\""),
            _ => (true, form),
        };
        if (!fits)
        {
            return Wrong(ref reader, path, expected, thrown);
        }

        reader.Skip();
        return null;
    }

    /// <summary>Numbers may be written as strings.</summary>
    private static bool IsWhole(ref Utf8JsonReader reader, out long value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number
            ? reader.TryGetInt64(out value)
            : reader.TokenType == JsonTokenType.String && long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    private static RefusedException Wrong(ref Utf8JsonReader reader, string path, string expected, JsonException thrown) =>
        RefusedException.BadRequest("malformed_json", $"{(path.Length == 0 ? "The body" : $"'{Page.Short(path)}'")} is {Shown(ref reader)}; {expected} is expected.", path.Length == 0 ? null : Page.Short(path), thrown);

    private static string Shown(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.Null => "null",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        JsonTokenType.String when reader.ValueSpan.Length > MaxShown => "a string",
        JsonTokenType.String => $"the string \"{reader.GetString()}\"",
        _ when reader.ValueSpan.Length > MaxShown => "a number",
        _ => Encoding.UTF8.GetString(reader.ValueSpan),
    };

    private static string Names(JsonTypeInfo type) => string.Join(", ", type.Properties.Select(p => p.Name));

    private static string? ParamOf(JsonException e) => e.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : null;

    private static string Reason(JsonException e)
    {
        // The reader's words for an escape such as \ud800; other kinds of fault come as the same exception.
        if (e.InnerException is InvalidOperationException { Message: var why } && (why.Contains("UTF-16", StringComparison.Ordinal) || why.Contains("surrogate", StringComparison.Ordinal)))
        {
            return "an escape there is half of a surrogate pair, which stands for no character";
        }

        var message = e.Message.Split(" Path:", 2)[0].Split(" LineNumber:", 2)[0];
        return message switch
        {
            _ when message.Contains("maximum configured depth", StringComparison.Ordinal) => "it is nested too deeply",
            _ when message.Contains("Expected depth to be zero", StringComparison.Ordinal) => "it ends before all of its objects and arrays do",
            // Whatever is left of the serializer's own: of types, and of how it is called.
            _ when message.Contains("System.", StringComparison.Ordinal) || message.Contains("PerCall.", StringComparison.Ordinal) || message.Contains("isFinalBlock", StringComparison.Ordinal) => "the value there is of another type",
            _ => message.TrimEnd('.'),
        };
    }
}
