using System.Text.Json;
using PerCall.Bench.Running;

namespace PerCall.Bench.Text;

/// <summary>Texts of the kind that a model is for, which it was not trained on.</summary>
internal static class BenchTexts
{
    /// <param name="model">The model's name: its texts are <c>bench/.cache/&lt;name&gt;.jsonl</c>, a JSON string a line.</param>
    public static string[] Read(string model) =>
        [.. File.ReadLines(BenchFiles.Texts(model)).Select(line => JsonSerializer.Deserialize<string>(line)!)];
}
