using Microsoft.Extensions.Logging.Abstractions;
using PerCall.Inference.Registry;
using PerCall.Testing.Packages;

namespace PerCall.Inference.Tests;

/// <summary>Registries over packages in folders, as tools use them.</summary>
internal static class Models
{
    public static ModelRegistry Registry(
        IPackageStore store, string cache, Action<ModelRegistryOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new ModelRegistryOptions { CacheFolder = cache };
        configure?.Invoke(options);
        return new ModelRegistry(store, new ModelLoader(options), options, time ?? TimeProvider.System, NullLoggerFactory.Instance);
    }

    public static async Task<LoadedModel> LoadAsync(PackageBuilder package, string root, CancellationToken cancellation)
    {
        var folder = package.WriteTo(root);
        var manifest = (
            await new FolderPackageStore(root).FindAsync(package.Manifest["name"]!.GetValue<string>(), "1", cancellation))!.Manifest;
        return await new ModelLoader(new ModelRegistryOptions()).LoadAsync(manifest, folder, cancellation);
    }
}
