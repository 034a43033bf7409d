using System.Globalization;
using PerCall.Client.Wire;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Describes the published models in the API's form.</summary>
public sealed class ModelCatalog
{
    private static readonly StringComparer ByNumber = StringComparer.Create(CultureInfo.InvariantCulture, CompareOptions.NumericOrdering);

    private readonly BlobPackageStore _store;
    private readonly ModelRegistry _registry;
    private readonly Operations _operations;
    private readonly List<IOtherModels> _others;

    public ModelCatalog(BlobPackageStore store, ModelRegistry registry, Operations operations, IEnumerable<IOtherModels> others) =>
        (_store, _registry, _operations, _others) = (store, registry, operations, [.. others]);

    /// <param name="terms">The caller's plan: models that it does not include are hidden. Null shows all models.</param>
    /// <param name="cancellation">Cancels the call.</param>
    public async Task<ModelList> ListAsync(PlanTerms? terms, CancellationToken cancellation)
    {
        var summaries = new List<ModelSummary>();
        foreach (var model in (
            await _store.ListAsync(cancellation)).GroupBy(p => p.Manifest.Name).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var aliases = await _store.AliasesAsync(model.Key, cancellation);
            var shown = Shown([.. model], aliases);
            if (!Includes(terms, shown.Manifest))
            {
                continue;
            }

            summaries.Add(new ModelSummary
            {
                Id = model.Key,
                Created = model.Max(p => p.PublishedAt).ToUnixTimeSeconds(),
                Task = ManifestNames.Of(shown.Manifest.Task),
                Description = shown.Manifest.Description,
                Aliases = aliases,
                Versions = [.. model.Select(p => p.Manifest.Version).Order(ByNumber)],
            });
        }

        summaries.AddRange(_others.SelectMany(o => o.List(terms)));
        return new ModelList { Data = [.. summaries.DistinctBy(s => s.Id).OrderBy(s => s.Id, StringComparer.Ordinal)] };
    }

    /// <param name="name">The model.</param>
    /// <param name="version">The version to describe; null selects production, or else the newest.</param>
    /// <param name="terms">See <see cref="ListAsync"/>.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="ModelNotFoundException">The model or version does not exist, or the plan does not include it.</exception>
    public async Task<ModelDetails> DescribeAsync(string name, string? version, PlanTerms? terms, CancellationToken cancellation)
    {
        if (_others.Select(o => o.Find(name, terms)).FirstOrDefault(d => d is not null) is { } other)
        {
            return version is null ? other : throw new ModelNotFoundException(
                "version_not_found", $"The model '{ModelParameters.Shown(name)}' has no versions; leave 'version' out.");
        }

        var packages = ModelNames.IsName(name) ? await _store.ListAsync(name, cancellation) : [];
        if (packages.Count == 0 || !Includes(terms, packages[0].Manifest))
        {
            throw NotFound(name);
        }

        var aliases = await _store.AliasesAsync(name, cancellation);
        var shown = version is null
            ? Shown(packages, aliases)
            : packages.FirstOrDefault(p => p.Manifest.Version == version)
                ?? throw new ModelNotFoundException(
                    "version_not_found",
                    $"The model '{name}' has no version '{version}'; available: "
                        + $"{string.Join(", ", packages.Select(p => p.Manifest.Version).Order(ByNumber))}.");
        var manifest = shown.Manifest;
        var loaded = _registry.Loaded();
        return new ModelDetails
        {
            Id = name,
            Created = packages.Max(p => p.PublishedAt).ToUnixTimeSeconds(),
            Task = ManifestNames.Of(manifest.Task),
            Aliases = aliases,
            Versions = [.. packages.OrderBy(p => p.Manifest.Version, ByNumber).Select(p => new ModelVersion
            {
                Version = p.Manifest.Version,
                PublishedAt = p.PublishedAt,
                Sha256 = p.Manifest.Files.GetValueOrDefault(p.Manifest.Model),
                Loaded = loaded.ContainsKey(p.Manifest.ToString()),
                Warning = loaded.GetValueOrDefault(p.Manifest.ToString()),
            })],
            Version = manifest.Version,
            Description = manifest.Description,
            License = manifest.License,
            Backend = ManifestNames.Of(manifest.Backend),
            Fallback = manifest.Fallback is { } fallback ? new(fallback.Model, fallback.Below) : null,
            Unit = ManifestNames.Of(manifest.Unit),
            Inputs = [.. manifest.Inputs.Select(Tensor)],
            Outputs = [.. manifest.Outputs.Select(Tensor)],
            Labels = manifest.Output?.Labels is { } labels
                ? (await ReadAsync(shown, labels, cancellation)).Split(
                    '\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                : null,
            Columns = manifest.Table is { } table
                ? [.. table.Columns.Select(c => new ModelColumn(c.Name, ManifestNames.Of(c.Type), c.Default is null, c.Values))]
                : null,
            Card = manifest.Card is { } card ? await ReadAsync(shown, card, cancellation) : null,
        };
    }

    /// <summary>Lists the versions of a published model, lowest first.</summary>
    /// <param name="name">The model.</param>
    /// <param name="terms">See <see cref="ListAsync"/>.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="ModelNotFoundException">The model does not exist, or the plan does not include it.</exception>
    public async Task<IReadOnlyList<string>> VersionsAsync(string name, PlanTerms? terms, CancellationToken cancellation)
    {
        var packages = ModelNames.IsName(name) ? await _store.ListAsync(name, cancellation) : [];
        return packages.Count > 0 && Includes(terms, packages[0].Manifest)
            ? [.. packages.Select(p => p.Manifest.Version).Order(ByNumber)]
            : throw NotFound(name);
    }

    public static ModelNotFoundException NotFound(string name) =>
        new("model_not_found", $"Model '{ModelParameters.Shown(name)}' not found. List the models with GET /v1/models.");

    /// <summary>Whether the plan has a price for at least one operation of the model.</summary>
    private bool Includes(PlanTerms? terms, ModelManifest manifest) =>
        terms is null || _operations.Of(manifest.Task)
            .Where(o => o != Operations.Infer || manifest.Backend != ModelBackend.OpenAi)
            .Any(o => terms.PriceOf(o.Name, manifest.Name, o.Unit) is not null);

    private static StoredPackage Shown(IReadOnlyList<StoredPackage> packages, IReadOnlyDictionary<string, string> aliases) =>
        packages.FirstOrDefault(p => p.Manifest.Version == aliases.GetValueOrDefault(ModelNames.Production))
        ?? packages.OrderBy(p => p.Manifest.Version, ByNumber).Last();

    private static ModelTensor Tensor(TensorDescription tensor) => new(tensor.Name, ManifestNames.Of(tensor.Type), tensor.Shape);

    private async Task<string> ReadAsync(StoredPackage package, string file, CancellationToken cancellation)
    {
        using var reader = new StreamReader(await _store.OpenAsync(package, file, cancellation));
        return await reader.ReadToEndAsync(cancellation);
    }
}
