using System.Text.Json;
using System.Text.RegularExpressions;

namespace PerCall.Inference.Packages;

/// <summary>
/// Removes names of .NET types from the serializer's error messages, because they mean nothing to the author of the JSON.
/// </summary>
internal static partial class JsonWords
{
    public static string Of(JsonException e)
    {
        var message = e.Message.Split(" Path:", 2)[0].TrimEnd('.');
        return Unknown().Match(message) is { Success: true } unknown ? $"unknown member '{unknown.Groups["name"].Value}'"
            : Missing().Match(message) is { Success: true } missing ? $"{missing.Groups["names"].Value} is missing"
            : Null().Match(message) is { Success: true } nothing ? $"'{nothing.Groups["name"].Value}' is null"
            : message.Contains("could not be converted", StringComparison.Ordinal) ? "the value is not allowed there"
            : message;
    }

    [GeneratedRegex("^The JSON property '(?<name>.*)' could not be mapped")]
    private static partial Regex Unknown();

    [GeneratedRegex("^The (property or field|constructor parameter) '(?<name>.*)' on type '.*' doesn't allow")]
    private static partial Regex Null();

    [GeneratedRegex("missing required properties including: (?<names>'.*')")]
    private static partial Regex Missing();
}
