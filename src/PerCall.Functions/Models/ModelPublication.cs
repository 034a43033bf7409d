using PerCall.Functions.Audit;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Publishes packages, and records each publication in the audit log.</summary>
public sealed class ModelPublication(PackagePublisher publisher, ModelRegistry registry, AuditLog audit)
{
    /// <summary>Publishes a zipped package, or the zipped files of a model without a manifest.</summary>
    /// <inheritdoc cref="PackagePublisher.PublishAsync(Stream, DerivationSettings?, Func{ModelManifest, Task}?, CancellationToken)" path="/exception"/>
    public async Task<PublishedPackage> PublishAsync(
        Stream archive, DerivationSettings derived, Actor actor, CancellationToken cancellation)
    {
        PublishedPackage? published = null;
        await PublishAsync(
            actor, async record => (published = await publisher.PublishAsync(archive, derived, record, cancellation)).Manifest);
        return published!;
    }

    /// <summary>Publishes a package in a folder.</summary>
    /// <inheritdoc cref="PackagePublisher.PublishFolderAsync" path="/exception"/>
    public Task<ModelManifest> PublishFolderAsync(string folder, Actor actor, CancellationToken cancellation) =>
        PublishAsync(actor, record => publisher.PublishFolderAsync(folder, record, cancellation));

    private async Task<ModelManifest> PublishAsync(Actor actor, Func<Func<ModelManifest, Task>, Task<ModelManifest>> publish)
    {
        Act? act = null;
        try
        {
            // The package's name and version are known only after it has been read and validated.
            var published = await publish(
                manifest => audit.WriteAsync(act = new(actor, "model.publish", $"model/{manifest}", After: Content(manifest))));
            registry.Refresh(published.Name);
            return published;
        }
        catch when (act is not null)
        {
            await audit.FailedAsync(act);
            throw;
        }
    }

    /// <summary>Identifies what was published: the graph, or the large model with the labels that it chooses.</summary>
    private static Dictionary<string, string> Content(ModelManifest manifest) => manifest.LargeModel is { } large
        ? new() { ["large_model"] = large.Model, ["labels_sha256"] = manifest.Files[manifest.Output!.Labels!] }
        : new() { ["sha256"] = manifest.Files[manifest.Model] };
}
