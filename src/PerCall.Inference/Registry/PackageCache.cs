using System.Security.Cryptography;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>Files of packages on the local disk, by their hash: what is there and unchanged is not fetched again.</summary>
internal sealed class PackageCache(string folder)
{
    /// <summary>Brings the files that serving needs into one local folder, each verified against the manifest.</summary>
    /// <exception cref="ModelCorruptException">Stored bytes are not those that were published, or are gone.</exception>
    public async Task<string> FetchAsync(IPackageStore store, StoredPackage package, CancellationToken cancellation)
    {
        var manifest = package.Manifest;
        // The key is the content: another package under the same name and version, published after this one was removed, is another folder.
        var target = Path.Combine(folder, manifest.Name, manifest.Version, Key(manifest));
        foreach (var file in PackageFiles.Serving(manifest))
        {
            var path = Path.Combine(target, file);
            if (File.Exists(path) && await PackageFiles.HashAsync(path, cancellation) == manifest.Files[file])
            {
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await DownloadAsync(store, package, file, path, cancellation);
        }

        return target;
    }

    private static async Task DownloadAsync(IPackageStore store, StoredPackage package, string file, string path, CancellationToken cancellation)
    {
        // Written beside and renamed: another process on this machine never sees half a file.
        var part = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():n}.part";
        try
        {
            string hash;
            await using (var from = await store.OpenAsync(package, file, cancellation))
            await using (var to = File.Create(part))
            {
                using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                var buffer = new byte[256 * 1024];
                int read;
                while ((read = await from.ReadAsync(buffer, cancellation)) > 0)
                {
                    sha.AppendData(buffer.AsSpan(0, read));
                    await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
                }

                hash = Convert.ToHexStringLower(sha.GetHashAndReset());
            }

            if (hash != package.Manifest.Files[file])
            {
                throw new ModelCorruptException($"The stored file {file} of {package.Manifest} has the SHA-256 {hash}, but {package.Manifest.Files[file]} was published; it is not loaded.");
            }

            File.Move(part, path, overwrite: true);
        }
        catch (FileNotFoundException e)
        {
            throw new ModelCorruptException($"The stored package {package.Manifest} lacks its file {file}; it is not loaded.", e);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static string Key(ModelManifest manifest)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (file, hash) in manifest.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            sha.AppendData(System.Text.Encoding.UTF8.GetBytes($"{file} {hash}\n"));
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset())[..16];
    }
}
