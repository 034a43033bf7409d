using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Onnx;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Sessions;

namespace PerCall.Inference.Publishing;

/// <summary>Verifies a package in a folder against its manifest and lists all faults.</summary>
/// <param name="loader">Loads the graph in the same way as the service.</param>
/// <param name="golden">Runs the golden examples.</param>
/// <param name="limits">The limits for the verification, for example its time; null for the defaults (two minutes).</param>
public sealed class PackageVerifier(ModelLoader loader, GoldenCheck golden, PackageLimits? limits = null)
{
    /// <summary>Verifies the package and returns its manifest.</summary>
    /// <param name="folder">The folder of the unpacked package.</param>
    /// <param name="cancellation">Cancels the verification.</param>
    /// <exception cref="PackageRefusedException">The package has faults. The exception lists all faults that were found.</exception>
    public async Task<ModelManifest> VerifyAsync(string folder, CancellationToken cancellation)
    {
        var manifestFile = Path.Combine(folder, ModelManifest.FileName);
        if (!File.Exists(manifestFile))
        {
            throw new PackageRefusedException([new(ModelManifest.FileName, "is missing; it describes the package.")]);
        }

        var manifest = ManifestReader.Parse(await File.ReadAllBytesAsync(manifestFile, cancellation));
        List<PackageFault> faults = [.. ManifestValidator.Check(manifest), .. await FilesAsync(manifest, folder, cancellation)];
        if (File.Exists(Path.Combine(folder, manifest.Model)) && ModelNames.IsSafePath(manifest.Model))
        {
            faults.AddRange(OnnxFileFaults(manifest, folder));
        }

        // A graph is loaded only after its files have been verified.
        if (faults.Count == 0)
        {
            faults.AddRange(await TimedGraphAsync(manifest, folder, cancellation));
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

    private static async Task<List<PackageFault>> FilesAsync(ModelManifest manifest, string folder, CancellationToken cancellation)
    {
        var faults = new List<PackageFault>();
        var present = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/'))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var extra in present.Except(manifest.Files.Keys).Where(f => f != ModelManifest.FileName).Order(StringComparer.Ordinal))
        {
            faults.Add(new(extra, "is in the package, but is not listed in files."));
        }

        foreach (var (path, expected) in manifest.Files)
        {
            if (!present.Contains(path))
            {
                faults.Add(new(path, "is listed in files, but is not in the package."));
                continue;
            }

            var actual = await PackageFiles.HashAsync(Path.Combine(folder, path), cancellation);
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
            var directory = Path.GetDirectoryName(manifest.Model)!.Replace('\\', '/');
            var faults = (from location in file.ExternalData
                          let path = directory.Length == 0 ? location : $"{directory}/{location}"
                          where !manifest.Files.ContainsKey(path)
                          select new PackageFault(manifest.Model, $"keeps weights in '{location}', which is not in the package.")).ToList();
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
            return [new(manifest.Model, $"cannot be loaded: {OrtRuntime.Reason(e)}")];
        }
    }

    /// <summary>Limits the time, because a graph can run forever and a package can have any number of examples.</summary>
    private async Task<List<PackageFault>> TimedGraphAsync(ModelManifest manifest, string folder, CancellationToken cancellation)
    {
        var time = (limits ?? new PackageLimits()).MaxTime;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        over.CancelAfter(time);
        try
        {
            return await GraphAsync(manifest, folder, over.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return [new(
                manifest.Model, $"exceeds the time limit of {time.TotalSeconds:0.#} s for loading and running the golden examples.")];
        }
    }

    private async Task<List<PackageFault>> GraphAsync(ModelManifest manifest, string folder, CancellationToken cancellation)
    {
        LoadedModel model;
        try
        {
            model = await loader.LoadAsync(manifest, folder, cancellation);
        }
        catch (OnnxRuntimeException e)
        {
            return [new(manifest.Model, $"cannot be loaded: {OrtRuntime.Reason(e)}")];
        }
        catch (ModelCorruptException e)
        {
            return [new(e.File ?? manifest.Model, $"cannot be loaded: {e.Message}")];
        }

        using (model)
        {
            List<PackageFault> faults = [.. GraphTensors.Check(manifest, model.Session, model.Labels.Count)];
            if (faults.Count == 0 && ModelTasks.Of(manifest.Task).Try(model, cancellation) is { } fault)
            {
                faults.Add(fault);
            }

            // When tensors or labels contradict the manifest, golden answers would only be wrong.
            return faults.Count > 0 ? faults : await golden.RunAsync(model, folder, cancellation);
        }
    }
}
