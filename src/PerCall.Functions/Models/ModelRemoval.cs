using PerCall.Client.Wire;
using PerCall.Inference;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;

namespace PerCall.Functions.Models;

/// <summary>Removes versions and whole models that are not in use. Repeating the request completes an interrupted removal.</summary>
public sealed class ModelRemoval(BlobPackageStore store, BlobPackageWriter writer, IEnumerable<IModelUse> uses)
{
    private const int MostNamed = 5;

    /// <exception cref="ModelNotFoundException">The version does not exist.</exception>
    /// <exception cref="RegistryConflictException">An alias, a plan or a batch uses it.</exception>
    public async Task RemoveVersionAsync(string name, string version, CancellationToken cancellation)
    {
        if (ModelNames.IsName(name))
        {
            var versions = (await store.ListAsync(name, cancellation)).Select(p => p.Manifest.Version).ToList();
            // Removing the last version removes the model.
            var isLast = versions is [var last] && last == version;
            await RequireUnusedAsync("version_in_use", $"The version {name}/{version}", name, version, cancellation);
            if (isLast)
            {
                await RequireUnusedAsync(
                    "model_in_use", $"The version {name}/{version} is the last version, and the model", name, null, cancellation);
            }
        }

        await writer.DeleteAsync(name, version, cancellation);
    }

    /// <exception cref="ModelNotFoundException">The model does not exist.</exception>
    /// <exception cref="RegistryConflictException">An alias, a plan or a batch uses it.</exception>
    public async Task RemoveAsync(string name, CancellationToken cancellation)
    {
        if (!ModelNames.IsName(name))
        {
            throw ModelCatalog.NotFound(name);
        }

        var versions = await store.ListAsync(name, cancellation);
        var aliases = (await store.AliasesAsync(name, cancellation)).Keys
            .Order(StringComparer.Ordinal).Select(a => $"the alias '{a}'").ToList();
        if (aliases.Count > 0)
        {
            throw InUse(
                "model_in_use", $"The model '{name}'", aliases, $" Delete aliases with DELETE /manage/v1/models/{name}/aliases/<alias>.");
        }

        await RequireUnusedAsync("model_in_use", $"The model '{name}'", name, null, cancellation);
        foreach (var package in versions)
        {
            await writer.DeleteAsync(name, package.Manifest.Version, cancellation);
        }

        if (!await writer.DeleteAliasesAsync(name, cancellation) && versions.Count == 0)
        {
            throw ModelCatalog.NotFound(name);
        }
    }

    /// <summary>Lists what uses a model: its aliases, and what else keeps it from being removed.</summary>
    /// <exception cref="ModelNotFoundException">The model does not exist.</exception>
    public async Task<ModelUses> FindUsesAsync(string name, CancellationToken cancellation)
    {
        if (!ModelNames.IsName(name) || (await store.ListAsync(name, cancellation)).Count == 0)
        {
            throw ModelCatalog.NotFound(name);
        }

        var aliases = await store.AliasesAsync(name, cancellation);
        var users = new List<ModelUse>(
            aliases.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => new ModelUse("alias", a.Key, a.Value)));
        foreach (var use in uses)
        {
            users.AddRange((await use.FindAsync(name, version: null, cancellation)).Select(u => new ModelUse(u.Kind, u.Id, u.Version)));
        }

        return new(name, users);
    }

    private async Task RequireUnusedAsync(string code, string what, string name, string? version, CancellationToken cancellation)
    {
        foreach (var use in uses)
        {
            if (await use.FindAsync(name, version, cancellation) is { Count: > 0 } users)
            {
                throw InUse(code, what, [.. users.Select(u => u.Text)], "");
            }
        }
    }

    private static RegistryConflictException InUse(string code, string what, List<string> users, string advice)
    {
        var more = users.Count > MostNamed ? $" and {users.Count - MostNamed} more" : "";
        return new(code, $"{what} is used by {string.Join(", ", users.Take(MostNamed))}{more}.{advice}");
    }
}
