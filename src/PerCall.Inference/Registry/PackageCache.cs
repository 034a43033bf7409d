using System.Security.Cryptography;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>
/// Package files on the local disk, by hash: unchanged files are not fetched again. The folder is private and its size is limited. Above
/// the limit, the least recently used packages are removed, except those in use by any process.
/// </summary>
/// <param name="folder">The folder of the cache.</param>
/// <param name="maxBytes">Maximum total size in bytes.</param>
/// <param name="time">The clock.</param>
/// <param name="create">Creates a file to write; null uses the disk.</param>
/// <param name="setting">How errors name the setting of the size.</param>
internal sealed class PackageCache(string folder, long maxBytes, TimeProvider time, Func<string, Stream>? create = null,
    string setting = nameof(ModelRegistryOptions.CacheBytes))
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly Func<string, Stream> _create = create ?? File.Create;

    /// <summary>Fetches the files that serving needs into one local folder, and verifies each against the manifest.</summary>
    /// <returns>The folder. Dispose it when nothing reads it any more.</returns>
    /// <exception cref="ModelCorruptException">Stored bytes differ from the published ones, or are missing.</exception>
    /// <exception cref="ModelBusyException">The disk is full, or packages in use fill the cache.</exception>
    public async Task<CachedPackage> FetchAsync(IPackageStore store, StoredPackage package, CancellationToken cancellation)
    {
        var manifest = package.Manifest;
        MakePrivate();
        // The key depends on the content: another package with the same name and version, published after a removal, uses another folder.
        var held = CachedPackage.Hold(Path.Combine(folder, manifest.Name, manifest.Version, Key(manifest)), time.GetUtcNow().UtcDateTime);
        try
        {
            var used = 0L;
            foreach (var file in PackageFiles.Serving(manifest))
            {
                var path = Path.Combine(held.Folder, file);
                if (File.Exists(path) && await PackageFiles.HashAsync(path, report: null, cancellation) == manifest.Files[file])
                {
                    Count(new FileInfo(path).Length);
                    continue;
                }

                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                var before = used;
                try
                {
                    await DownloadAsync(store, package, file, path, Count, cancellation);
                }
                catch (IOException e) when (DiskSpace.IsFull(e) && Trim(0) > 0)
                {
                    used = before;
                    await DiskSpace.WriteAsync(() => DownloadAsync(store, package, file, path, Count, cancellation));
                }
                catch (IOException e) when (DiskSpace.IsFull(e))
                {
                    throw DiskSpace.Refusal(e);
                }
            }

            Trim(maxBytes);
            return BytesOf(folder) <= maxBytes ? held : throw new ModelBusyException(
                $"Not enough disk space for {manifest}: this instance keeps at most {maxBytes:N0} bytes of package files ({setting}), "
                    + "and the files in use leave too little; try again later.",
                RetryAfter,
                "disk_full");

            // The manifest does not have the files' sizes.
            void Count(long bytes)
            {
                if ((used += bytes) > maxBytes)
                {
                    throw new ModelBusyException(
                        $"The files of {manifest} are larger than this instance's space for package files: {maxBytes:N0} bytes "
                            + $"({setting}).",
                        RetryAfter,
                        "disk_full");
                }
            }
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Removes unused packages, least recently used first, until at most the given number of bytes is left.</summary>
    /// <returns>The number of removed packages.</returns>
    private int Trim(long bytes)
    {
        var total = BytesOf(folder);
        var removed = 0;
        foreach (var package in Packages().OrderBy(CachedPackage.LastUse))
        {
            if (total <= bytes)
            {
                break;
            }

            var freed = BytesOf(package);
            if (CachedPackage.TryRemove(package))
            {
                (total, removed) = (total - freed, removed + 1);
            }
        }

        return removed;
    }

    /// <summary>Returns the folders of name, version and key.</summary>
    private IEnumerable<string> Packages() =>
        Directory.EnumerateDirectories(folder).SelectMany(Directory.EnumerateDirectories).SelectMany(Directory.EnumerateDirectories);

    private static long BytesOf(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Exists ? f.Length : 0);
        }
        catch (IOException)
        {
            // Another process removes it at this moment.
            return 0;
        }
    }

    /// <summary>Restricts access to the folder: anyone who can write to it can change the code that runs.</summary>
    private void MakePrivate()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        Directory.CreateDirectory(folder, Private);
        if (File.GetUnixFileMode(folder) != Private)
        {
            // This fails for another user's folder, which is then not used.
            File.SetUnixFileMode(folder, Private);
        }
    }

    private async Task DownloadAsync(
        IPackageStore store, StoredPackage package, string file, string path, Action<long> report, CancellationToken cancellation)
    {
        // Written beside its destination and renamed, so that another process never sees a partial file.
        var part = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():n}.part";
        try
        {
            string hash;
            await using (var from = await store.OpenAsync(package, file, cancellation))
            await using (var to = _create(part))
            {
                hash = await PackageFiles.CopyAsync(from, to, report, cancellation);
            }

            if (hash != package.Manifest.Files[file])
            {
                throw new ModelCorruptException(
                    $"The stored file {file} of {package.Manifest} has the SHA-256 {hash}, "
                        + $"but {package.Manifest.Files[file]} was published; the package is not loaded.");
            }

            File.Move(part, path, overwrite: true);
        }
        catch (FileNotFoundException e)
        {
            throw new ModelCorruptException(
                $"The file {file} of the stored package {package.Manifest} is missing; the package is not loaded.", e);
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
