using System.Text.Json;

namespace PerCall.Inference.Packages;

/// <summary>Parses <c>model.json</c>.</summary>
internal static class ManifestReader
{
    /// <exception cref="PackageRefusedException">The text is not JSON, or does not have the manifest's form.</exception>
    public static ModelManifest Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize(utf8, ManifestJson.Default.ModelManifest)
                ?? throw new PackageRefusedException([new(ModelManifest.FileName, "is the JSON value null; expected an object.")]);
        }
        catch (JsonException e)
        {
            throw new PackageRefusedException([new(ModelManifest.FileName, $"{Explain(e)} (line {e.LineNumber + 1}).")]);
        }
    }

    private static string Explain(JsonException e)
    {
        var path = e.Path is null or "$" ? "the document" : e.Path;
        var words = JsonWords.Of(e);
        return $"{words}, at {path}; docs/models.md lists the allowed members and values";
    }
}
