using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace PerCall.Functions.Requests;

/// <summary>
/// Explains to a caller why JSON does not match a type: which member, what it is, and what is expected. The serializer's messages name .NET
/// types, which mean nothing to a caller. This class therefore walks the text along the type a second time, to the first error. Only
/// rejected requests pay for that.
/// </summary>
/// <param name="form">The expected form as an error message shows it.</param>
/// <param name="thrown">The serializer's exception.</param>
public sealed class JsonFault(string form, JsonException thrown)
{
    private const string Code = "malformed_json";
    private const int MaxShown = 40;

    /// <summary>The path at which the serializer stopped, without its root; null when it stopped at the root or reported no path.</summary>
    private readonly string? _stopped =
        thrown.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : null;

    /// <param name="utf8">The text that did not match; valid UTF-8.</param>
    /// <param name="type">The expected type.</param>
    public RefusedException Explain(ReadOnlySpan<byte> utf8, JsonTypeInfo type)
    {
        if (utf8.Trim(" \t\r\n"u8).IsEmpty)
        {
            return Refuse(Code, $"The body is empty; expected {form}.", null);
        }

        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = type.Options.MaxDepth });
            reader.Read();
            if (Find(ref reader, type, "") is { } fault)
            {
                return fault;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The text is not valid JSON. The serializer found the same error at the same place.
        }

        return AsThrown();
    }

    /// <summary>
    /// Returns the first error of the value whose first token the reader is at. Returns null when there is none; the reader is then at the
    /// value's last token.
    /// </summary>
    private RefusedException? Find(ref Utf8JsonReader reader, JsonTypeInfo type, string path) => type.Kind switch
    {
        // An optional list or object may also be null.
        not JsonTypeInfoKind.None when reader.TokenType == JsonTokenType.Null && path.Length > 0 => null,
        JsonTypeInfoKind.Object => FindInObject(ref reader, type, path),
        JsonTypeInfoKind.Enumerable => FindInArray(ref reader, type, path),
        JsonTypeInfoKind.Dictionary => FindInPairs(ref reader, type, path),
        _ => FindInValue(ref reader, type.Type, path),
    };

    private RefusedException? FindInObject(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Wrong(ref reader, path, path.Length == 0 ? form : $"an object with {Names(type)}");
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
                    var whole = path.Length == 0 ? "" : $" in '{Page.Short(path)}'";
                    return Refuse("unknown_member", $"Unknown member '{Page.Short(at)}'; allowed{whole}: {Names(type)}.", at);
                }

                reader.Skip();
            }
            else if (member.CustomConverter is not null)
            {
                // Only the converter knows the form. Its error is the first one if it is inside this value.
                if (HasStoppedIn(at))
                {
                    return AsThrown();
                }

                reader.Skip();
            }
            else if (Find(ref reader, type.Options.GetTypeInfo(member.PropertyType), at) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private RefusedException? FindInArray(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return Wrong(ref reader, path, "an array");
        }

        var element = type.Options.GetTypeInfo(type.ElementType!);
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (Find(ref reader, element, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]")) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private RefusedException? FindInPairs(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return Wrong(ref reader, path, "an object");
        }

        var value = type.Options.GetTypeInfo(type.ElementType!);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var at = $"{path}.{reader.GetString()}";
            reader.Read();
            if (Find(ref reader, value, at) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private RefusedException? FindInValue(ref Utf8JsonReader reader, Type type, string path)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        var mayBeNull = !type.IsValueType || plain != type;
        if (plain == typeof(JsonElement) || (reader.TokenType == JsonTokenType.Null && mayBeNull))
        {
            reader.Skip();
            return null;
        }

        var (fits, expected) = Type.GetTypeCode(plain) switch
        {
            TypeCode.String => (reader.TokenType == JsonTokenType.String, "a string"),
            TypeCode.Boolean => (reader.TokenType is JsonTokenType.True or JsonTokenType.False, "true or false"),
            TypeCode.Int32 => (IsWhole(ref reader, out var value) && value is >= int.MinValue and <= int.MaxValue, "a whole number"),
            TypeCode.Int64 => (IsWhole(ref reader, out _), "a whole number"),
            TypeCode.Single or TypeCode.Double => (IsNumber(ref reader), "a number"),
            _ when plain == typeof(DateTimeOffset) => (IsTime(ref reader), "a time such as \"2027-01-31T12:00:00Z\""),
            _ => (true, form),
        };
        if (!fits)
        {
            return Wrong(ref reader, path, expected);
        }

        reader.Skip();
        return null;
    }

    /// <summary>Whether the serializer stopped at the member, or at a value inside it.</summary>
    private bool HasStoppedIn(string member) => _stopped?.StartsWith(member, StringComparison.OrdinalIgnoreCase) == true
        && (_stopped.Length == member.Length || _stopped[member.Length] is '.' or '[');

    /// <summary>Numbers may be written as strings.</summary>
    private static bool IsWhole(ref Utf8JsonReader reader, out long value)
    {
        value = 0;
        return reader.TokenType switch
        {
            JsonTokenType.Number => reader.TryGetInt64(out value),
            JsonTokenType.String =>
                long.TryParse(reader.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value),
            _ => false,
        };
    }

    /// <inheritdoc cref="IsWhole"/>
    private static bool IsNumber(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number
        || (reader.TokenType == JsonTokenType.String && double.TryParse(reader.GetString(), CultureInfo.InvariantCulture, out _));

    private static bool IsTime(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out _);

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

    private static string Names(JsonTypeInfo type) =>
        type.Properties.Count == 0 ? "none" : string.Join(", ", type.Properties.Select(p => p.Name));

    private RefusedException Wrong(ref Utf8JsonReader reader, string path, string expected)
    {
        var what = path.Length == 0 ? "The body" : $"'{Page.Short(path)}'";
        return Refuse(Code, $"{what} is {Shown(ref reader)}; expected {expected}.", path.Length == 0 ? null : path);
    }

    private RefusedException Refuse(string code, string message, string? path) =>
        RefusedException.BadRequest(code, message, path is null ? null : Page.Short(path), thrown);

    /// <summary>Returns the serializer's error, at the place where it stopped.</summary>
    private RefusedException AsThrown()
    {
        var where = _stopped is null ? "" : $" at '{_stopped}'";
        return Refuse(
            Code, $"Cannot read the body as JSON of the form {form}{where}: {Reason()} (line {(thrown.LineNumber ?? 0) + 1}).", _stopped);
    }

    /// <summary>Returns the reason when the text itself is malformed, or when only a converter knows the error.</summary>
    private string Reason()
    {
        // The reader's message for an escape such as \ud800. Other errors have the same exception type.
        if (thrown.InnerException is InvalidOperationException { Message: var why } && IsAbout(why, "UTF-16", "surrogate"))
        {
            return "an escape is half of a surrogate pair, which is not a character";
        }

        var message = thrown.Message.Split(" Path:", 2)[0].Split(" LineNumber:", 2)[0];
        return message switch
        {
            _ when IsAbout(message, "maximum configured depth") => "it is nested too deeply",
            _ when IsAbout(message, "Expected depth to be zero") => "it ends inside an object or array",
            // All other messages of the serializer name types or describe its API.
            _ when IsAbout(message, "System.", "PerCall.", "isFinalBlock") => "the value has the wrong type",
            _ => message.TrimEnd('.'),
        };
    }

    private static bool IsAbout(string message, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (message.Contains(word, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
