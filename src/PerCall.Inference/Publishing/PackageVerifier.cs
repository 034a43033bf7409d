using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.LargeModels;
using PerCall.Inference.Onnx;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Publishing;

/// <summary>Verifies a package in a folder against its manifest and lists all faults.</summary>
/// <param name="loader">Loads the graph in the same way as the service.</param>
/// <param name="golden">Runs the golden examples.</param>
/// <param name="limits">The limits for the verification, for example its time; null for the defaults (two minutes).</param>
/// <param name="published">The published models, one of which a package may name as its fallback; null: the name is not checked.</param>
/// <param name="registry">The loaded models, with which the graph shares the memory; null: nothing else is loaded.</param>
public sealed class PackageVerifier(
    ModelLoader loader, GoldenCheck golden, PackageLimits? limits = null, IPackageStore? published = null, ModelRegistry? registry = null)
{
    /// <summary>
    /// Whether the golden examples of a package can run: those of a large model cannot while the settings do not have that model.
    /// </summary>
    public bool RunsExamples(ModelManifest manifest) => manifest.Backend == ModelBackend.Onnx || loader.IsConfigured(manifest);

    /// <summary>Verifies the package and returns its manifest.</summary>
    /// <param name="folder">The folder of the unpacked package.</param>
    /// <param name="cancellation">Cancels the verification.</param>
    /// <exception cref="PackageRefusedException">The package has faults. The exception lists all faults that were found.</exception>
    /// <exception cref="ModelBusyException">
    /// The provider of a large model cannot answer the golden examples now, or running models use the memory.
    /// </exception>
    public Task<ModelManifest> VerifyAsync(string folder, CancellationToken cancellation) =>
        VerifyAsync(folder, new PublicationRun(), cancellation);

    /// <inheritdoc cref="VerifyAsync(string, CancellationToken)"/>
    /// <param name="folder">The folder of the unpacked package.</param>
    /// <param name="run">Gets the progress, and says whether other files may be beside the package.</param>
    /// <param name="cancellation">Cancels the verification.</param>
    public async Task<ModelManifest> VerifyAsync(string folder, PublicationRun run, CancellationToken cancellation)
    {
        var manifestFile = Path.Combine(folder, ModelManifest.FileName);
        if (!File.Exists(manifestFile))
        {
            throw new PackageRefusedException([new(ModelManifest.FileName, "is missing; it describes the package.")]);
        }

        var manifest = ManifestReader.Parse(await File.ReadAllBytesAsync(manifestFile, cancellation));
        List<PackageFault> faults = [.. ManifestValidator.Check(manifest), .. await FilesAsync(manifest, folder, run, cancellation)];
        if (manifest.Backend == ModelBackend.OpenAi)
        {
            faults.AddRange(await LargeModelAsync(manifest, folder, faults, cancellation));
            return faults.Count == 0 ? manifest : throw new PackageRefusedException(faults);
        }

        if (published is not null)
        {
            faults.AddRange(await FallbackCheck.RunAsync(manifest, folder, published, cancellation));
        }

        if (File.Exists(Path.Combine(folder, manifest.Model)) && ModelNames.IsSafePath(manifest.Model))
        {
            faults.AddRange(OnnxFileFaults(manifest, folder));
        }

        // A graph is loaded only after its files have been verified.
        if (faults.Count == 0)
        {
            faults.AddRange(SizeFaults(manifest, folder));
        }

        if (faults.Count == 0)
        {
            using var memory = registry is null
                ? null
                : await registry.ReserveAsync(manifest, PackageFiles.WeightBytes(manifest, folder), cancellation);
            faults.AddRange(await TimedAsync(manifest, folder, cancellation));
        }
        else if (!faults.Any(f => f.Where == manifest.Model
            || (f.Where.StartsWith(manifest.Model, StringComparison.Ordinal) && manifest.Files.ContainsKey(f.Where))))
        {
            // Checks of the graph that do not depend on the other files, so that one response lists all errors.
            var known = faults.Select(f => f.Where).ToHashSet(StringComparer.Ordinal);
            faults.AddRange((await TensorsAsync(manifest, folder, cancellation)).Where(f => !known.Contains(f.Where)));
        }

        return faults.Count == 0 ? manifest : throw new PackageRefusedException(faults);
    }

    private async Task<List<PackageFault>> LargeModelAsync(
        ModelManifest manifest, string folder, List<PackageFault> known, CancellationToken cancellation)
    {
        if (known.Count == 0)
        {
            // The golden examples must be there even if they cannot run now.
            return RunsExamples(manifest) ? await TimedAsync(manifest, folder, cancellation)
                : manifest.Golden is null ? [GoldenCheck.Missing]
                : await LoadedAsync(manifest, folder, (_, _) => Task.FromResult<List<PackageFault>>([]), cancellation);
        }

        // Checks that do not depend on the faults so far, so that one response lists all errors.
        return manifest is { LargeModel: not null, Output.Labels: { } labels } && !known.Any(f => f.Where == labels)
            && File.Exists(Path.Combine(folder, labels)) && ModelNames.IsSafePath(labels)
            ? [.. LabelPrompt.Check(manifest, await File.ReadAllLinesAsync(Path.Combine(folder, labels), cancellation))]
            : [];
    }

    /// <summary>Finds out whether an instance with these settings could load the package.</summary>
    private IEnumerable<PackageFault> SizeFaults(ModelManifest manifest, string folder)
    {
        var options = loader.Options;
        if (PackageFiles.Bytes(PackageFiles.Serving(manifest), folder) is var bytes && bytes > options.CacheBytes)
        {
            yield return new(
                "archive",
                $"unpacks to {bytes:N0} bytes that serving needs; allowed on an instance's disk: at most {options.CacheBytes:N0} "
                    + $"({options.SettingPrefix}{nameof(options.CacheBytes)}).");
        }

        if (PackageFiles.WeightBytes(manifest, folder) is var weights && weights > options.MemoryBudgetBytes)
        {
            yield return new(
                manifest.Model,
                $"has weights of {weights:N0} bytes; allowed in an instance's memory: at most {options.MemoryBudgetBytes:N0} "
                    + $"({options.SettingPrefix}{nameof(options.MemoryBudgetBytes)}).");
        }
    }

    private static async Task<List<PackageFault>> FilesAsync(
        ModelManifest manifest, string folder, PublicationRun run, CancellationToken cancellation)
    {
        var faults = new List<PackageFault>();
        var present = PackageFiles.In(folder).ToHashSet(StringComparer.Ordinal);
        foreach (var extra in present.Except(manifest.Files.Keys).Where(
            f => !run.OnlyNamed && f != ModelManifest.FileName).Order(StringComparer.Ordinal))
        {
            faults.Add(new(extra, "is in the package, but is not listed in files."));
        }

        var report = run.Counter(
            PublicationStage.Verifying, PackageFiles.Bytes(manifest.Files.Keys.Where(present.Contains), folder));
        foreach (var (path, expected) in manifest.Files)
        {
            if (!present.Contains(path))
            {
                faults.Add(new(path, "is listed in files, but is not in the package."));
                continue;
            }

            var actual = await PackageFiles.HashAsync(Path.Combine(folder, path), report, cancellation);
            if (actual != expected)
            {
                faults.Add(new(path, $"has the SHA-256 {actual}, but files says {expected}."));
            }
        }

        return faults;
    }

    private static List<PackageFault> OnnxFileFaults(ModelManifest manifest, string folder)
    {
        try
        {
            var file = OnnxFile.Read(Path.Combine(folder, manifest.Model));
            var faults = GraphFaults.Check(manifest.Model, file, manifest.Files.ContainsKey).ToList();
            if (manifest.Opset is { } opset && opset != file.Opset)
            {
                faults.Add(
                    new(
                        "opset",
                        $"is {opset}, but the graph imports "
                            + $"{file.Opset?.ToString(CultureInfo.InvariantCulture) ?? "no default operator set"}."));
            }

            return faults;
        }
        catch (InvalidDataException e)
        {
            return [new(manifest.Model, $"is not an ONNX file: {e.Message}")];
        }
    }

    private async Task<List<PackageFault>> TensorsAsync(ModelManifest manifest, string folder, CancellationToken cancellation)
    {
        try
        {
            return await Task.Run(
                () =>
                {
                    using var session = loader.OpenGraph(manifest, folder);
                    return GraphTensors.Check(manifest, session, labels: null).ToList();
                },
                cancellation);
        }
        catch (OnnxRuntimeException e)
        {
            return [GraphFaults.NotLoaded(manifest.Model, e)];
        }
    }

    /// <summary>Limits the time, because a graph can run forever and a package can have any number of examples.</summary>
    private async Task<List<PackageFault>> TimedAsync(ModelManifest manifest, string folder, CancellationToken cancellation)
    {
        var time = (limits ?? new PackageLimits()).MaxTime;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        over.CancelAfter(time);
        try
        {
            return await LoadedAsync(manifest, folder, (model, token) => RunAsync(model, folder, token), over.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return [new(
                Subject(manifest), $"exceeds the time limit of {time.TotalSeconds:0.#} s for loading and running the golden examples.")];
        }
    }

    private async Task<List<PackageFault>> LoadedAsync(
        ModelManifest manifest, string folder, Func<LoadedModel, CancellationToken, Task<List<PackageFault>>> check,
        CancellationToken cancellation)
    {
        LoadedModel model;
        try
        {
            model = await loader.LoadAsync(manifest, folder, cancellation);
        }
        catch (OnnxRuntimeException e)
        {
            return [GraphFaults.NotLoaded(manifest.Model, e)];
        }
        catch (ModelCorruptException e)
        {
            return [GraphFaults.NotLoaded(Subject(manifest), e)];
        }

        using (model)
        {
            return await check(model, cancellation);
        }
    }

    private async Task<List<PackageFault>> RunAsync(LoadedModel model, string folder, CancellationToken cancellation)
    {
        if (!model.IsLarge)
        {
            List<PackageFault> faults = [.. GraphTensors.Check(model.Manifest, model.Session, model.Labels.Count)];
            if (faults.Count == 0 && ModelTasks.Of(model.Manifest.Task).Try(model, cancellation) is { } fault)
            {
                faults.Add(fault);
            }

            // When tensors or labels contradict the manifest, golden answers would only be wrong.
            if (faults.Count > 0)
            {
                return faults;
            }
        }

        return await golden.RunAsync(model, folder, cancellation);
    }

    /// <summary>Returns what answers: the graph's file, or the large model.</summary>
    private static string Subject(ModelManifest manifest) => manifest.Backend == ModelBackend.Onnx ? manifest.Model : "large_model.model";
}
