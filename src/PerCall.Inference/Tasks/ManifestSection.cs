using PerCall.Inference.Packages;

namespace PerCall.Inference.Tasks;

/// <summary>An optional section of <c>model.json</c>. Several tasks may have the same one.</summary>
/// <param name="Name">The member of <c>model.json</c>.</param>
/// <param name="Read">The section's value; null where the manifest does not have it.</param>
/// <param name="Check">The faults of a manifest that has the section.</param>
internal sealed record ManifestSection(string Name, Func<ModelManifest, object?> Read, Func<ModelManifest, IEnumerable<PackageFault>> Check)
{
    /// <summary>Files of the package that the section names, each with its place in the manifest.</summary>
    public Func<ModelManifest, IEnumerable<(string Where, string? File)>> Files { get; init; } = _ => [];

    public bool IsIn(ModelManifest manifest) => Read(manifest) is not null;
}
