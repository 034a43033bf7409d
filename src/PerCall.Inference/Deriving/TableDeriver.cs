using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PerCall.Inference.Packages;
using PerCall.Inference.Tables;

namespace PerCall.Inference.Deriving;

/// <summary>Derives the columns of a table from the inputs of a graph: one input with all columns, or one input for each.</summary>
internal sealed partial class TableDeriver(Draft draft, GraphFacts graph)
{
    private const int MaxColumns = 1000;

    /// <summary>Whether the inputs are those of a table: each is [rows, 1] or [rows], or the only one is [rows, columns].</summary>
    public static bool Fits(GraphFacts graph) =>
        graph.Inputs.All(i => i.Type is not null)
        && (graph.Inputs is [{ Rank: 2, Shape: [_, >= 1 and <= MaxColumns] }]
            || (graph.Inputs.Count <= MaxColumns && graph.Inputs.All(i => i.Rank == 1 || i is { Rank: 2, Shape: [_, 1] })));

    /// <summary>Writes the inputs and the section <c>table</c>.</summary>
    /// <returns>The shapes of the inputs for one row.</returns>
    public List<int[]> Derive()
    {
        draft.Put(
            "inputs", new JsonArray([.. graph.Inputs.Select(i => (JsonNode)Manifests.Tensor(i.Name, i.Type!.Value, i.Shape!))]));
        var columns = new JsonArray();
        if (graph.Inputs is [{ Shape: [_, > 1 and var count] } all])
        {
            var names = Names(count);
            foreach (var name in names)
            {
                columns.Add(Column(name, all.Type!.Value));
            }
        }
        else
        {
            foreach (var input in graph.Inputs)
            {
                var column = Column(input.Name, input.Type!.Value);
                if (input.Type == TensorType.String && graph.WordsOf(input.Name) is (var words, IsClosed: true))
                {
                    column["type"] = ManifestNames.Of(ColumnType.Category);
                    column["values"] = Manifests.Texts(words);
                }

                if (graph.Inputs.Count > 1)
                {
                    column["tensor"] = input.Name;
                }

                columns.Add(column);
            }

            draft.Set("table.columns", columns, "the graph's inputs");
            return Shapes();
        }

        draft.Put("table.columns", columns);
        return Shapes();
    }

    /// <summary>
    /// Gives a default to the columns that an output does not depend on, such as the one that the model was trained to predict.
    /// </summary>
    public void Relax(string output)
    {
        var needed = graph.InputsOf(output);
        var columns = draft.Manifest["table"]!["columns"]!.AsArray().Select(c => c!.AsObject())
            .Where(c => (string?)c["tensor"] is { } tensor && !needed.Contains(tensor)).ToList();
        foreach (var column in columns)
        {
            column["default"] = (string)column["type"]! switch
            {
                "text" => "",
                "bool" => false,
                "number" => 0,
                _ => Value(column),
            };
        }

        if (columns.Count > 0)
        {
            draft.Notes.Add(
                $"The answer does not depend on {string.Join(", ", columns.Select(c => (string)c["name"]!))}: rows need not have them.");
        }
    }

    /// <summary>Returns a row with a value for each column that has no default.</summary>
    public JsonObject Sample()
    {
        var row = new JsonObject();
        foreach (var column in draft.Manifest["table"]!["columns"]!.AsArray().Select(c => c!.AsObject()))
        {
            if (column["default"] is null)
            {
                row[(string)column["name"]!] = Value(column);
            }
        }

        return row;
    }

    private JsonNode Value(JsonObject column) => (string)column["type"]! switch
    {
        "text" => graph.WordsOf((string?)column["tensor"] ?? graph.Inputs[0].Name)?.Words[0] ?? "a",
        "category" => column["values"]![0]!.DeepClone(),
        "bool" => true,
        _ => 1,
    };

    private List<int[]> Shapes() => [.. graph.Inputs.Select(i => i.Shape!.Select((d, at) => at == 0 ? 1 : d).ToArray())];

    private IReadOnlyList<string> Names(int count)
    {
        foreach (var file in draft.Folder.Files.Where(f => Listed().IsMatch(f)))
        {
            if (LabelFinder.Read(draft.Folder, file) is { } names && names.Count == count)
            {
                draft.Set("table.columns", Manifests.Texts(names), file);
                return names;
            }
        }

        IReadOnlyList<string> numbered =
            [.. Enumerable.Range(1, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"column_{i}"))];
        draft.Assume("table.columns", Manifests.Texts(numbered), "no file names the columns, as columns.txt with one name a line could");
        return numbered;
    }

    private static JsonObject Column(string name, TensorType type) => new()
    {
        ["name"] = name,
        ["type"] = type switch { TensorType.String => "text", TensorType.Bool => "bool", _ => "number" },
    };

    [GeneratedRegex("(column|feature)[^/]*\\.(txt|json)$", RegexOptions.IgnoreCase)]
    private static partial Regex Listed();
}
