using System.Security.Cryptography;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>
/// Files of packages on the local disk, by their hash: what is there and unchanged is not fetched again. The folder is private, and
/// bounded: beyond, the packages are removed that were used least recently, and none that is in use, by whichever process.
/// </summary>
/// <param name="folder">Where they are kept.</param>
/// <param name="maxBytes">Of all of them.</param>
/// <param name="time">The clock.</param>
/// <param name="create">Makes a file to be written; null: on the disk.</param>
internal sealed class PackageCache(string folder, long maxBytes, TimeProvider time, Func<string, Stream>? create = null)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly Func<string, Stream> _create = create ?? File.Create;

    /// <summary>Brings the files that serving needs into one local folder, each verified against the manifest.</summary>
    /// <returns>The folder, to be disposed of when nothing reads it any more.</returns>
    /// <exception cref="ModelCorruptException">Stored bytes are not those that were published, or are gone.</exception>
    /// <exception cref="ModelBusyException">The disk is full, or packages in use are as much as may be there.</exception>
    public async Task<CachedPackage> FetchAsync(IPackageStore store, StoredPackage package, CancellationToken cancellation)
    {
        var manifest = package.Manifest;
        MakePrivate();
        // The key is the content: another package under the same name and version, published after this one was removed, is another folder.
        var held = CachedPackage.Hold(Path.Combine(folder, manifest.Name, manifest.Version, Key(manifest)), time.GetUtcNow().UtcDateTime);
        try
        {
            foreach (var file in PackageFiles.Serving(manifest))
            {
                var path = Path.Combine(held.Folder, file);
                if (File.Exists(path) && await PackageFiles.HashAsync(path, cancellation) == manifest.Files[file])
                {
                    continue;
                }

                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                try
                {
                    await DownloadAsync(store, package, file, path, cancellation);
                }
                catch (IOException e) when (DiskSpace.IsFull(e) && Trim(0) > 0)
                {
                    await DiskSpace.WriteAsync(() => DownloadAsync(store, package, file, path, cancellation));
                }
                catch (IOException e) when (DiskSpace.IsFull(e))
                {
                    throw DiskSpace.Refusal(e);
                }
            }

            Trim(maxBytes);
            return BytesOf(folder) <= maxBytes ? held : throw new ModelBusyException(
                $"Not enough disk space for {manifest}: this instance keeps at most {maxBytes:N0} bytes of package files, "
                    + "and the files in use leave too little; try again later.",
                RetryAfter,
                "disk_full");
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Removes packages that nobody uses until so many bytes are left, those first that were used least recently.</summary>
    /// <returns>How many were removed.</returns>
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

    /// <summary>Name, version and key.</summary>
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

    /// <summary>Whoever could write into it could change what is run.</summary>
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
            // Another user's cannot be changed, and is not used.
            File.SetUnixFileMode(folder, Private);
        }
    }

    private async Task DownloadAsync(IPackageStore store, StoredPackage package, string file, string path, CancellationToken cancellation)
    {
        // Written beside and renamed: another process on this machine never sees half a file.
        var part = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():n}.part";
        try
        {
            string hash;
            await using (var from = await store.OpenAsync(package, file, cancellation))
            await using (var to = _create(part))
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
