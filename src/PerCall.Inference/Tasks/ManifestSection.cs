using PerCall.Inference.Packages;

namespace PerCall.Inference.Tasks;

/// <summary>An optional section of <c>model.json</c>. Several tasks may share one.</summary>
/// <param name="Name">The member of <c>model.json</c>.</param>
/// <param name="Read">Returns the section's value; null when the manifest does not have it.</param>
/// <param name="Check">Returns the errors of a manifest that has the section.</param>
internal sealed record ManifestSection(string Name, Func<ModelManifest, object?> Read, Func<ModelManifest, IEnumerable<PackageFault>> Check)
{
    /// <summary>Returns the package files that the section names, each with its path in the manifest.</summary>
    public Func<ModelManifest, IEnumerable<(string Where, string? File)>> Files { get; init; } = _ => [];

    public bool IsIn(ModelManifest manifest) => Read(manifest) is not null;
}
