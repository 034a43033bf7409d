using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace PerCall.LargeModels.Dialect;

/// <summary>
/// Checks that a caller's schema is a JSON Schema, by evaluating it against the schema of its draft. The caller's schema itself is not
/// built, so nothing that it refers to is fetched.
/// </summary>
internal static class JsonSchemas
{
    private const int MaxDepth = 40;
    private const int KeptSchemas = 4096;

    private static readonly EvaluationOptions Flat = new() { OutputFormat = OutputFormat.List };

    // Callers send the same tools with each call, and evaluating a schema takes milliseconds.
    private static readonly ConcurrentDictionary<UInt128, bool> Valid = new();

    /// <summary>Checks a schema.</summary>
    /// <param name="schema">The schema, an object.</param>
    /// <param name="json">The same as JSON.</param>
    /// <param name="path">The field's path.</param>
    /// <param name="code">The code of the error.</param>
    /// <exception cref="LargeModelRefusedException">400 with the path and what is wrong.</exception>
    public static void Check(JsonObject schema, string json, string path, string code)
    {
        var key = Hash(json);
        if (Valid.ContainsKey(key))
        {
            return;
        }

        if (Fault(schema, json) is { } fault)
        {
            throw Fields.Refused(code, $"'{path}' is not a valid JSON Schema: {fault}", path);
        }

        if (Valid.Count >= KeptSchemas)
        {
            Valid.Clear();
        }

        Valid.TryAdd(key, true);
    }

    private static string? Fault(JsonObject schema, string json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException)
        {
            return $"it is nested deeper than {MaxDepth} levels.";
        }

        using (document)
        {
            if (Draft(schema) is { } draft)
            {
                return Fault(draft, document.RootElement);
            }

            // Without "$schema" a schema can be of an older draft, which differs for example in "items".
            var newest = Fault(MetaSchemas.Draft202012, document.RootElement);
            return newest is not null && Fault(MetaSchemas.Draft7, document.RootElement) is not null ? newest : null;
        }
    }

    private static string? Fault(JsonSchema draft, JsonElement schema)
    {
        var result = draft.Evaluate(schema, Flat);
        if (result.IsValid)
        {
            return null;
        }

        var (at, message) = (result.Details ?? [])
            .Where(d => d.Errors is not null)
            .SelectMany(d => d.Errors!.Values, (d, error) => (At: d.InstanceLocation.ToString(), Error: error))
            .MaxBy(f => f.At.Length);
        return string.IsNullOrEmpty(at) ? message ?? "it does not match the schema of its draft." : $"at '{at}': {message}";
    }

    private static JsonSchema? Draft(JsonObject schema) => schema["$schema"].TryString(out var id)
        ? id.TrimEnd('#') switch
        {
            "http://json-schema.org/draft-06/schema" => MetaSchemas.Draft6,
            "http://json-schema.org/draft-07/schema" => MetaSchemas.Draft7,
            "https://json-schema.org/draft/2019-09/schema" => MetaSchemas.Draft201909,
            "https://json-schema.org/draft/2020-12/schema" => MetaSchemas.Draft202012,
            _ => null,
        }

        : null;

    private static UInt128 Hash(string json)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(json), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
