using System.Text.Json;

namespace PerCall.Functions.OpenInference;

/// <summary>How an element of a tensor is read from JSON. Nothing is rounded to a whole number or cut to its range.</summary>
/// <typeparam name="T">The type of the element.</typeparam>
internal interface IJsonElement<T>
{
    static abstract string Expected { get; }

    static abstract bool TryRead(ref Utf8JsonReader reader, out T value);
}

internal struct BoolElement : IJsonElement<bool>
{
    public static string Expected => "true or false";

    public static bool TryRead(ref Utf8JsonReader reader, out bool value)
    {
        value = reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
    }
}

internal struct UInt8Element : IJsonElement<byte>
{
    public static string Expected => "a whole number from 0 to 255";

    public static bool TryRead(ref Utf8JsonReader reader, out byte value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetByte(out value);
    }
}

internal struct UInt16Element : IJsonElement<ushort>
{
    public static string Expected => "a whole number from 0 to 65535";

    public static bool TryRead(ref Utf8JsonReader reader, out ushort value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetUInt16(out value);
    }
}

internal struct UInt32Element : IJsonElement<uint>
{
    public static string Expected => "a whole number of 32 bits without a sign";

    public static bool TryRead(ref Utf8JsonReader reader, out uint value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetUInt32(out value);
    }
}

internal struct UInt64Element : IJsonElement<ulong>
{
    public static string Expected => "a whole number of 64 bits without a sign";

    public static bool TryRead(ref Utf8JsonReader reader, out ulong value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out value);
    }
}

internal struct Int8Element : IJsonElement<sbyte>
{
    public static string Expected => "a whole number from -128 to 127";

    public static bool TryRead(ref Utf8JsonReader reader, out sbyte value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetSByte(out value);
    }
}

internal struct Int16Element : IJsonElement<short>
{
    public static string Expected => "a whole number from -32768 to 32767";

    public static bool TryRead(ref Utf8JsonReader reader, out short value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt16(out value);
    }
}

internal struct Int32Element : IJsonElement<int>
{
    public static string Expected => "a whole number of 32 bits";

    public static bool TryRead(ref Utf8JsonReader reader, out int value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out value);
    }
}

internal struct Int64Element : IJsonElement<long>
{
    public static string Expected => "a whole number of 64 bits";

    public static bool TryRead(ref Utf8JsonReader reader, out long value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out value);
    }
}

internal struct Float32Element : IJsonElement<float>
{
    public static string Expected => "a number in the range of 32-bit floats";

    public static bool TryRead(ref Utf8JsonReader reader, out float value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetSingle(out value) && float.IsFinite(value);
    }
}

internal struct Float64Element : IJsonElement<double>
{
    public static string Expected => "a number in the range of 64-bit floats";

    public static bool TryRead(ref Utf8JsonReader reader, out double value)
    {
        value = 0;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out value) && double.IsFinite(value);
    }
}
