using System.Text.Json;
using Google.Protobuf;
using PerCall.Inference.Onnx.Graph;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;

namespace PerCall.Inference.Recommend.Packaging;

/// <summary>
/// Writes a trained recommender as a model package: <c>model.json</c>, the graph (<c>model.onnx</c>, with its weights in
/// <c>data.safetensors</c>), the catalogue (<c>items.jsonl</c>, <c>users.jsonl</c>), <c>golden.jsonl</c> and <c>card.md</c>.
/// </summary>
public static class RecommenderPackageWriter
{
    private const string Graph = "model.onnx";
    private const string Data = "data.safetensors";
    private const string Items = "items.jsonl";
    private const string Users = "users.jsonl";
    private const string Golden = "golden.jsonl";
    private const string Card = "card.md";

    /// <summary>
    /// Writes the package completely or not at all: creates and runs it in a temporary folder next to the target, then renames that folder.
    /// </summary>
    /// <param name="data">The recommender.</param>
    /// <param name="description">The description of the package.</param>
    /// <param name="folder">The target folder. It must be empty or not exist.</param>
    /// <param name="cancellation">Cancels the call. Nothing of the package remains.</param>
    /// <exception cref="InvalidDataException">The arrays are inconsistent.</exception>
    /// <exception cref="PackageRefusedException">The name, version or rules are invalid.</exception>
    /// <exception cref="IOException">The folder exists and is not empty.</exception>
    public static async Task<ModelManifest> WriteAsync(
        RecommenderData data, RecommenderDescription description, string folder, CancellationToken cancellation)
    {
        folder = Path.GetFullPath(folder);
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new IOException($"{folder} already exists; write the package to a new folder.");
        }

        RecommenderDataValidator.Check(data);
        IdIndex.Of("user", data.Users);
        IdIndex.Of("item", [.. data.Items.Select(i => i.Id)]);

        var parent = Path.GetDirectoryName(folder)!;
        Directory.CreateDirectory(parent);
        var part = Path.Combine(parent, $".{Path.GetFileName(folder)}-{Guid.NewGuid():n}");
        Directory.CreateDirectory(part);
        try
        {
            var manifest = await WriteFilesAsync(data, description, part, cancellation);
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder);
            }

            Directory.Move(part, folder);
            return manifest;
        }
        finally
        {
            if (Directory.Exists(part))
            {
                Directory.Delete(part, recursive: true);
            }
        }
    }

    private static async Task<ModelManifest> WriteFilesAsync(
        RecommenderData data, RecommenderDescription description, string folder, CancellationToken cancellation)
    {
        var arrays = RecommenderArrays.Write(data, Path.Combine(folder, Data));
        var graph = GraphOf(data);
        var model = graph.Build(Data, arrays);
        await using (var stream = File.Create(Path.Combine(folder, Graph)))
        {
            model.WriteTo(stream);
        }

        CatalogWriter.WriteItems(data.Items, Path.Combine(folder, Items));
        CatalogWriter.WriteUsers(data.Users, Path.Combine(folder, Users));
        await File.WriteAllTextAsync(Path.Combine(folder, Card), description.Card, cancellation);

        var manifest = Describe(data, description, graph.VectorLength);
        await File.WriteAllLinesAsync(Path.Combine(folder, Golden), await ExamplesAsync(manifest, folder, cancellation), cancellation);
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in new[] { Graph, Data, Items, Users, Golden, Card })
        {
            hashes[file] = await PackageFiles.HashAsync(Path.Combine(folder, file), report: null, cancellation);
        }

        manifest = manifest with { Files = hashes };
        PackageFault[] faults = [.. ManifestValidator.Check(manifest)];
        if (faults.Length > 0)
        {
            throw new PackageRefusedException(faults);
        }

        await File.WriteAllBytesAsync(
            Path.Combine(folder, ModelManifest.FileName), JsonSerializer.SerializeToUtf8Bytes(manifest, ManifestJson.Written.ModelManifest),
            cancellation);
        return manifest;
    }

    private static TopItemsGraph GraphOf(RecommenderData data)
    {
        var graph = new GraphBuilder("recommender");
        return data.Method switch
        {
            RecommenderMethod.ItemNeighbors => new ItemNeighborGraph(graph, data),
            RecommenderMethod.UserNeighbors => new UserNeighborGraph(graph, data),
            _ => new FactorGraph(graph, data),
        };
    }

    private static async Task<List<string>> ExamplesAsync(ModelManifest manifest, string folder, CancellationToken cancellation)
    {
        using var model = await RecommenderModel.OpenAsync(manifest, folder);
        using var session = new ModelSession(Path.Combine(folder, Graph), manifest, threads: 1);
        return [.. new GoldenExamples(model, session).Lines(cancellation)];
    }

    private static ModelManifest Describe(RecommenderData data, RecommenderDescription description, int vectorLength) => new()
    {
        Schema = ManifestValidator.Schema,
        Name = description.Name,
        Version = description.Version,
        Task = ModelTask.Recommendation,
        Description = description.Description,
        License = description.License,
        Model = Graph,
        Opset = TopItemsGraph.Opset,
        Files = new Dictionary<string, string>(),
        Inputs = TensorNames.Inputs(vectorLength),
        Outputs = TensorNames.Outputs,
        Recommender = new()
        {
            Method = data.Method,
            Items = Items,
            Users = Users,
            Data = Data,
            Rating = data.Rating,
            Regularization = data.Regularization,
            Confidence = data.Confidence,
            Shrinkage = data.Shrinkage,
        },
        Unit = PriceUnit.Recommendation,
        Golden = Golden,
        Card = Card,
    };
}
