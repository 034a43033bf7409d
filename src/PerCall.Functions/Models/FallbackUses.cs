using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Finds the models that name a model as their fallback.</summary>
public sealed class FallbackUses(BlobPackageStore store) : IModelUse
{
    public async Task<IReadOnlyList<ModelUser>> FindAsync(string name, string? version, CancellationToken cancellation) => version is null
        ? [.. (await store.ListAsync(cancellation))
            .Where(p => p.Manifest.Fallback?.Model == name)
            .Select(p => new ModelUser("fallback", $"{p.Manifest}", null, $"the model {p.Manifest}, as its fallback"))]
        : [];
}
