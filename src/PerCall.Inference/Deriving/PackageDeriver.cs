using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Images;
using PerCall.Inference.Onnx;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Inference.Tensors;

namespace PerCall.Inference.Deriving;

/// <summary>
/// Makes a package of the files that somebody has: a graph, and what its makers put beside it. It derives the manifest, runs the model on
/// a sample, and keeps the answer as a golden example.
/// </summary>
/// <param name="loader">Loads the graph in the same way as the service.</param>
/// <param name="images">The image pipeline.</param>
public sealed class PackageDeriver(ModelLoader loader, ImageClassifier images)
{
    private const string Golden = "golden.jsonl";

    /// <summary>Writes <c>model.json</c> and the files that it names into a folder.</summary>
    /// <param name="folder">The folder of the model.</param>
    /// <param name="name">The name of the model if nothing else is given.</param>
    /// <param name="settings">
    /// Answers given in advance, by the name of a <see cref="Question"/>, and values by their path in the manifest, as JSON or plain text.
    /// </param>
    /// <param name="questions">Answers what the files do not say.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PackageRefusedException">
    /// The graph cannot be loaded, a file is damaged, or a question has no answer. All open questions are listed.
    /// </exception>
    public async Task<DerivedPackage> DeriveAsync(
        string folder, string name, IReadOnlyDictionary<string, string> settings, IQuestions questions, CancellationToken cancellation)
    {
        var files = new ModelFolder(folder);
        var draft = new Draft(files, settings, questions);
        var graphFile = GraphOf(draft);
        var onnx = Read(files, graphFile);
        draft.Put("schema", ManifestValidator.Schema);
        draft.Set("name", ModelNames.Slug(name), "the folder");
        draft.Assume("version", "1", "a first version");
        draft.Put("task", "");
        Describe(draft, onnx);
        draft.Set("model", graphFile, "the folder");
        Note(draft, onnx);
        JsonObject example;
        using (var session = Load(files, graphFile))
        {
            var graph = new GraphFacts(files.Full(graphFile), onnx, session);
            example = Derive(draft, graph, cancellation);
        }

        draft.ApplySettings();
        if (draft.Open.Count > 0)
        {
            throw new PackageRefusedException([.. draft.Open.Select(q => new PackageFault(
                q.Name, $"cannot be derived. {q.Text}"
                    + (q.Choices.Count == 0 ? "" : $" Allowed: {string.Join(", ", q.Choices)}.")
                    + $" Set it, probably '{q.Name}={q.Suggestion}'."))]);
        }

        return await FinishAsync(draft, onnx, example, cancellation);
    }

    private static JsonObject Derive(Draft draft, GraphFacts graph, CancellationToken cancellation)
    {
        try
        {
            return new TaskDeriver(draft, graph).Derive(cancellation);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException)
        {
            throw new PackageRefusedException([new(
                "model.json", $"cannot be derived, because a file of the model has a value of another type than expected: {e.Message} "
                    + "Write model.json by hand.")]);
        }
    }

    private Sessions.ModelSession Load(ModelFolder folder, string graph)
    {
        try
        {
            return loader.OpenGraph(GraphOnly(graph), folder.Path);
        }
        catch (OnnxRuntimeException e)
        {
            throw new PackageRefusedException([GraphFaults.NotLoaded(graph, e)]);
        }
    }

    private static ModelManifest GraphOnly(string graph) => new()
    {
        Schema = ManifestValidator.Schema,
        Name = "derived",
        Version = "1",
        Task = new TensorTask().Task,
        Description = "",
        License = "",
        Model = graph,
        Files = new Dictionary<string, string>(),
        Unit = PriceUnit.Input,
    };

    /// <summary>Chooses the graph: the usual name of an export, or the only one.</summary>
    private static string GraphOf(Draft draft)
    {
        string[] graphs = [.. draft.Folder.Files.Where(f => f.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))];
        return graphs.Length == 0
            ? throw new PackageRefusedException([new(
                "graph",
                "is missing: the folder has no file that ends with .onnx. "
                    + "Export the model to ONNX first, for example with optimum-cli export onnx.")])
            : draft.Setting("graph") is null && graphs.FirstOrDefault(g => g is "model.onnx" or "onnx/model.onnx") is { } usual ? usual
            : graphs is [var only] ? only
            : draft.Ask(new("graph", "The folder has several graphs. Which one is the model?", graphs, graphs[0]));
    }

    private static OnnxFile Read(ModelFolder folder, string graph)
    {
        var file = OnnxFile.Require(folder.Full(graph), graph);
        PackageFault[] faults = [.. GraphFaults.Check(graph, file, folder.Files.Contains)];
        return faults.Length == 0 ? file : throw new PackageRefusedException(faults);
    }

    private static void Describe(Draft draft, OnnxFile onnx)
    {
        draft.Put("description", "");
        if (ModelCard.License(draft.Folder) is var (license, source))
        {
            draft.Set("license", license, source);
        }
        else if (onnx.Metadata.TryGetValue("license", out var written) && written.Length > 0)
        {
            draft.Set("license", written, "the graph's metadata: license");
        }
        else
        {
            draft.Assume("license", "unknown", "no file says it");
        }
    }

    private static void Note(Draft draft, OnnxFile onnx)
    {
        if (GraphFaults.QuantizesDynamically(onnx))
        {
            draft.Set("limits.batch", 1, "the graph quantizes dynamically");
            draft.Notes.Add(
                "The graph quantizes dynamically: it takes the scale of its numbers from all inputs of a run, so that an input's scores "
                    + "can change with the inputs beside it. limits.batch 1 therefore runs each input alone, also in batches, which is "
                    + "slower. Without it, inputs of one call run together.");
        }

        if (onnx.Operators.Any(o => o.Name == "StringNormalizer"))
        {
            draft.Notes.Add(
                "The graph changes case with StringNormalizer, which needs a locale of the machine. Where that is missing, PerCall uses "
                    + "C.UTF-8, which treats letters in the same way, except for languages with rules of their own such as Turkish.");
        }
    }

    private async Task<DerivedPackage> FinishAsync(Draft draft, OnnxFile onnx, JsonObject example, CancellationToken cancellation)
    {
        var folder = draft.Folder.Path;
        var manifest = draft.Manifest;
        if (string.IsNullOrEmpty((string?)manifest["description"]))
        {
            draft.Assume("description", $"{(string)manifest["name"]!}: {(string)manifest["task"]!}.", "nothing else describes the model");
        }

        var task = ModelTasks.All.FirstOrDefault(t => t.Name == (string)manifest["task"]!);
        manifest["unit"] ??= task is null ? "" : ManifestNames.Of(task.Unit);
        manifest["golden"] = Golden;
        if (draft.Labels.Count > 0)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "labels.txt"), string.Join('\n', draft.Labels) + "\n", cancellation);
        }

        if (draft.Folder.Find("README.md", "card.md") is { } card && ModelNames.IsSafePath(card) && !card.Contains('/'))
        {
            draft.Set("card", card, "the folder");
        }

        await ListAsync(draft, onnx, (string?)example["image"], cancellation);
        await WriteExampleAsync(draft, example, cancellation);
        var parsed = ManifestReader.Parse(Encoding.UTF8.GetBytes(Write(manifest)));
        if (ManifestValidator.Check(parsed).ToArray() is { Length: > 0 } faults)
        {
            throw new PackageRefusedException(faults);
        }

        var (answer, elapsed) = await RunAsync(parsed, folder, example, cancellation);
        await WriteExampleAsync(draft, example, cancellation);
        if ((string?)example["mask"] is { } mask)
        {
            await ListAsync(draft, mask, cancellation);
        }

        var written = Write(manifest);
        await File.WriteAllTextAsync(Path.Combine(folder, ModelManifest.FileName), written, cancellation);
        return new(ManifestReader.Parse(Encoding.UTF8.GetBytes(written)), draft.Facts, draft.Notes, answer, elapsed);
    }

    private static string Write(JsonObject manifest) => manifest.ToJsonString(ManifestJson.Indented) + "\n";

    /// <summary>Writes the golden example, before the run without its answer.</summary>
    private static async Task WriteExampleAsync(Draft draft, JsonObject example, CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(draft.Folder.Full(Golden), example.ToJsonString(ManifestJson.Compact) + "\n", cancellation);
        await ListAsync(draft, Golden, cancellation);
    }

    /// <summary>Lists the files that the manifest names, with their hashes. Weights are large, so each is read once.</summary>
    private static async Task ListAsync(Draft draft, OnnxFile onnx, string? picture, CancellationToken cancellation)
    {
        var manifest = draft.Manifest;
        var graph = (string)manifest["model"]!;
        var tokenizer = manifest["text"]?["tokenizer"];
        manifest["files"] = new JsonObject();
        string?[] named =
        [
            graph, .. onnx.PackagePaths(graph), (string?)manifest["output"]?["labels"], (string?)tokenizer?["vocabulary"],
            (string?)tokenizer?["merges"], (string?)manifest["card"], picture,
        ];
        foreach (var file in named.OfType<string>().Distinct(StringComparer.Ordinal))
        {
            await ListAsync(draft, file, cancellation);
        }
    }

    private static async Task ListAsync(Draft draft, string file, CancellationToken cancellation) =>
        draft.Manifest["files"]![file] = ModelNames.IsSafePath(file)
            ? await PackageFiles.HashAsync(draft.Folder.Full(file), report: null, cancellation)
            : throw new PackageRefusedException([new(file, $"is not a valid path for a package file; {ModelNames.PathRule}")]);

    private async Task<(string Answer, TimeSpan Elapsed)> RunAsync(
        ModelManifest manifest, string folder, JsonObject example, CancellationToken cancellation)
    {
        try
        {
            using var model = await loader.LoadAsync(manifest, folder, cancellation);
            if (GraphTensors.Check(manifest, model.Session, model.Labels.Count).ToArray() is { Length: > 0 } faults)
            {
                throw new PackageRefusedException(faults);
            }

            var started = Stopwatch.GetTimestamp();
            var answer = await ModelTasks.Of(manifest.Task).RecordAsync(new(model, folder, images), example, cancellation);
            return (answer, Stopwatch.GetElapsedTime(started));
        }
        catch (OnnxRuntimeException e)
        {
            throw new PackageRefusedException([GraphFaults.NotLoaded(manifest.Model, e)]);
        }
        catch (ModelCorruptException e)
        {
            throw new PackageRefusedException([GraphFaults.NotLoaded(manifest.Model, e)]);
        }
        catch (ModelFailedException e)
        {
            throw new PackageRefusedException([new(manifest.Model, $"fails on the sample: {e.Message}")]);
        }
    }
}

/// <summary>A package that was derived.</summary>
/// <param name="Manifest">The manifest, as it was written.</param>
/// <param name="Facts">Each derived member, in the order of derivation.</param>
/// <param name="Notes">What the owner should know of the model, as sentences.</param>
/// <param name="Answer">The answer to the sample, as text.</param>
/// <param name="Elapsed">The time of the sample's run.</param>
public sealed record DerivedPackage(
    ModelManifest Manifest, IReadOnlyList<DerivedFact> Facts, IReadOnlyList<string> Notes, string Answer, TimeSpan Elapsed);
