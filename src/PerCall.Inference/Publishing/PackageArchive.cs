using System.IO.Compression;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Publishing;

/// <summary>
/// Unpacks an uploaded ZIP into its own folder. Nothing is written outside that folder, whatever the entries' names are.
/// </summary>
internal static class PackageArchive
{
    private const int UnixSymlink = 0xA000;
    private const int UnixTypeMask = 0xF000;

    /// <param name="archive">The ZIP; seekable.</param>
    /// <param name="folder">An empty folder.</param>
    /// <param name="limits">The limits for the archive.</param>
    /// <param name="run">Gets the progress.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <exception cref="PackageRefusedException">
    /// The file is not a ZIP, or has entries that a package may not have; all such entries are listed.
    /// </exception>
    /// <exception cref="ModelBusyException">The disk has too little space for the unpacked files.</exception>
    /// <returns>The name of the archive's only folder; empty if files are at its root.</returns>
    public static async Task<string> UnpackAsync(
        Stream archive, string folder, PackageLimits limits, PublicationRun run, CancellationToken cancellation)
    {
        if (archive.Length > limits.MaxArchiveBytes)
        {
            throw new PackageRefusedException(
                [new("archive", $"has {archive.Length:N0} bytes; allowed: at most {limits.MaxArchiveBytes:N0} ({limits.BytesSetting}).")]);
        }

        try
        {
            using var zip = new ZipArchive(archive, ZipArchiveMode.Read, leaveOpen: true);
            var (root, files) = Check(zip, limits);
            var total = files.Values.Sum(f => f.Length);
            DiskSpace.Require(folder, Math.Min(limits.MaxBytes, total));
            await ExtractAsync(
                files, archive.Length, folder, limits, run.Counter(PublicationStage.Unpacking, total), cancellation);
            return root.TrimEnd('/');
        }
        catch (InvalidDataException e)
        {
            throw new PackageRefusedException([new("archive", $"is not a readable ZIP file: {e.Message}")]);
        }
    }

    /// <summary>Validates the names of all entries, and returns the package's folder, and the entries by their path in it.</summary>
    private static (string Root, Dictionary<string, ZipArchiveEntry> Files) Check(ZipArchive zip, PackageLimits limits)
    {
        if (zip.Entries.Count > limits.MaxEntries)
        {
            throw new PackageRefusedException([new("archive", $"has {zip.Entries.Count} entries; allowed: at most {limits.MaxEntries}.")]);
        }

        var faults = new List<PackageFault>();
        var files = zip.Entries.Where(e => !e.FullName.EndsWith('/')).ToList();
        if (files.Count == 0)
        {
            throw new PackageRefusedException([new("archive", "has no files; expected a package, or the files of a model.")]);
        }

        var manifests = files.Where(e => e.Name == ModelManifest.FileName && e.FullName.Split('/').Length <= 3).ToList();
        var root = manifests switch
        {
            [] => CommonFolder(files),
            [var one] => one.FullName[..^ModelManifest.FileName.Length],
            _ => null,
        };
        if (root is null)
        {
            faults.Add(new(
                "archive",
                $"contains {manifests.Count} files named {ModelManifest.FileName} in its first two levels; "
                    + "expected at most one, at the root of the package."));
        }

        var byPath = new Dictionary<string, ZipArchiveEntry>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in files)
        {
            var path = root is not null && entry.FullName.StartsWith(
                root, StringComparison.Ordinal) ? entry.FullName[root.Length..] : entry.FullName;
            if (((entry.ExternalAttributes >> 16) & UnixTypeMask) == UnixSymlink)
            {
                faults.Add(new(entry.FullName, "is a symbolic link; allowed: regular files."));
            }
            else if (!ModelNames.IsSafePath(path))
            {
                faults.Add(new(entry.FullName, $"is not a valid path for a package file; {ModelNames.PathRule}"));
            }
            else if (root is not null && !entry.FullName.StartsWith(root, StringComparison.Ordinal))
            {
                faults.Add(new(entry.FullName, $"is outside the package, whose root is '{root}'."));
            }
            else if (!byPath.TryAdd(path, entry))
            {
                faults.Add(new(entry.FullName, "occurs twice in the archive (names are compared without regard to case)."));
            }
        }

        return faults.Count == 0 ? (root!, byPath) : throw new PackageRefusedException(faults);
    }

    /// <summary>Returns the folder that has all files, with a slash at its end; empty if they are in several.</summary>
    private static string CommonFolder(List<ZipArchiveEntry> files)
    {
        var first = files.Count == 0 ? -1 : files[0].FullName.IndexOf('/', StringComparison.Ordinal);
        var folder = first < 0 ? "" : files[0].FullName[..(first + 1)];
        return files.All(f => f.FullName.StartsWith(folder, StringComparison.Ordinal)) ? folder : "";
    }

    private static async Task ExtractAsync(
        Dictionary<string, ZipArchiveEntry> files, long archiveBytes, string folder, PackageLimits limits, Action<long> report,
        CancellationToken cancellation)
    {
        var left = Math.Min(limits.MaxBytes, archiveBytes * limits.MaxRatio);
        var buffer = new byte[81920];
        foreach (var (path, entry) in files)
        {
            var target = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await using var from = await entry.OpenAsync(cancellation);
            await using var to = File.Create(target);
            int read;
            while ((read = await from.ReadAsync(buffer, cancellation)) > 0)
            {
                left -= read;
                if (left < 0)
                {
                    throw new PackageRefusedException([new(
                        path,
                        $"exceeds the unpacked size limit; allowed for a package of {archiveBytes:N0} bytes: at most "
                            + $"{Math.Min(limits.MaxBytes, archiveBytes * limits.MaxRatio):N0} bytes ({limits.MaxRatio} times its size, "
                            + $"but at most {limits.MaxBytes:N0}, {limits.BytesSetting}).")]);
                }

                await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
                report(read);
            }
        }
    }
}
