using System.Text;
using System.Text.Json;
using PerCall.Inference.Packages;
using PerCall.Inference.Pipelines;
using PerCall.Inference.Tasks;

namespace PerCall.Inference.Tables;

/// <summary>Rows of a table as inputs of a task.</summary>
internal sealed class TableKind : InputKind
{
    public override ManifestSection Section => TableManifestValidator.Section;

    public override InputPlan Plan(ModelManifest manifest, string folder) => new TablePlan(manifest);

    public override ValueTask<GoldenInput> ExampleAsync(GoldenRun run, GoldenExample example, CancellationToken cancellation)
    {
        if (example.Row is not { ValueKind: JsonValueKind.Object } row)
        {
            return new(new GoldenInput("", null, "has no row, an object with a value for each column."));
        }

        var json = row.GetRawText();
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return new(new GoldenInput($"the row {json}", TableRow.Read(ref reader), null));
    }
}
