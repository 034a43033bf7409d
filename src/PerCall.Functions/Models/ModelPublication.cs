using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Inference.Deriving;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Publishes packages, and records each publication in the audit log.</summary>
public sealed class ModelPublication(
    PackagePublisher publisher, PackageVerifier verifier, BlobPackageStore store, ModelRegistry registry, AuditLog audit)
{
    /// <summary>Publishes a zipped package, or the zipped files of a model without a manifest.</summary>
    /// <inheritdoc cref="PackagePublisher.PublishAsync(Stream, PublicationRun, CancellationToken)" path="/exception"/>
    public async Task<PublishedModel> PublishAsync(Stream archive, Actor actor, PublicationRun run, CancellationToken cancellation)
    {
        DerivedPackage? derived = null;
        var manifest = await PublishAsync(actor, async record =>
        {
            var package = await publisher.PublishAsync(archive, run with { BeforeStoring = record }, cancellation);
            derived = package.Derived;
            return package.Manifest;
        });
        return new(
            manifest.Name, manifest.Version, await store.AliasesAsync(manifest.Name, cancellation),
            derived is null ? NoteOf(manifest) : NoteOf(derived),
            derived?.Facts.Select(f => new DerivedMember(f.Member, f.Value, f.Source, f.IsAssumed)).ToList());
    }

    /// <summary>Publishes a package in a folder.</summary>
    /// <inheritdoc cref="PackagePublisher.PublishAsync(Stream, PublicationRun, CancellationToken)" path="/exception"/>
    public Task<ModelManifest> PublishFolderAsync(string folder, Actor actor, CancellationToken cancellation) =>
        PublishAsync(actor, record => publisher.PublishFolderAsync(folder, new() { BeforeStoring = record }, cancellation));

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

    private static string NoteOf(DerivedPackage derived) => string.Join(' ', derived.Notes.Prepend(
        "model.json was derived. The golden example is the model's own answer: it shows that answers stay the same, not that they are "
            + "right."));

    private string? NoteOf(ModelManifest manifest) => verifier.RunsExamples(manifest)
        ? null
        : $"The golden examples were not run, because this service has no large model '{manifest.LargeModel!.Model}'. Calls are refused "
            + $"until the settings PerCall:OpenAI:Models:{manifest.LargeModel.Model} name its deployment.";

    /// <summary>Identifies what was published: the graph, or the large model with the labels that it chooses.</summary>
    private static Dictionary<string, string> Content(ModelManifest manifest) => manifest.LargeModel is { } large
        ? new() { ["large_model"] = large.Model, ["labels_sha256"] = manifest.Files[manifest.Output!.Labels!] }
        : new() { ["sha256"] = manifest.Files[manifest.Model] };
}
