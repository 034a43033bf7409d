using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Inference.Publishing;

/// <summary>
/// Checks the model that a package names as its fallback. It must be a large model, which has no fallback of its own. An input therefore
/// takes at most one step, and packages cannot form a cycle.
/// </summary>
internal static class FallbackCheck
{
    private const string Where = "fallback.model";

    public static async Task<List<PackageFault>> RunAsync(
        ModelManifest manifest, string folder, IPackageStore published, CancellationToken cancellation)
    {
        if (manifest.Fallback is not { } rule || !ModelNames.IsName(rule.Model) || rule.Model == manifest.Name)
        {
            return [];
        }

        var aliases = await published.AliasesAsync(rule.Model, cancellation);
        if (!aliases.TryGetValue(ModelNames.Production, out var version)
            || await published.FindAsync(rule.Model, version, cancellation) is not { } package)
        {
            return [new(Where, $"is '{rule.Model}', which has no published production version; publish the large model first.")];
        }

        var other = package.Manifest;
        if (other.Backend != ModelBackend.OpenAi)
        {
            return [new(Where, $"is '{rule.Model}', whose backend is {ManifestNames.Of(other.Backend)}; expected openai.")];
        }

        if (other.Task != manifest.Task)
        {
            return [new(
                Where, $"is '{rule.Model}', which is for {ManifestNames.Of(other.Task)}; expected {ManifestNames.Of(manifest.Task)}.")];
        }

        return await LabelsAsync(manifest, folder, published, package, cancellation);
    }

    /// <summary>Compares the labels, because callers expect those of the model that they call.</summary>
    private static async Task<List<PackageFault>> LabelsAsync(
        ModelManifest manifest, string folder, IPackageStore published, StoredPackage package, CancellationToken cancellation)
    {
        if (manifest.Output?.Labels is not { } labels || !ModelNames.IsSafePath(labels) || !File.Exists(Path.Combine(folder, labels)))
        {
            return [];
        }

        using var reader = new StreamReader(await published.OpenAsync(package, package.Manifest.Output!.Labels!, cancellation));
        var theirs = (await reader.ReadToEndAsync(cancellation)).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        var own = await File.ReadAllLinesAsync(Path.Combine(folder, labels), cancellation);
        return own.ToHashSet(StringComparer.Ordinal).SetEquals(theirs)
            ? []
            : [new(Where, $"is '{package.Manifest.Name}', which has other labels than {labels}; expected the same labels.")];
    }
}
