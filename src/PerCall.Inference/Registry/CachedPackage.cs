namespace PerCall.Inference.Registry;

/// <summary>A package's files on the disk. While it is held, no process removes them.</summary>
/// <param name="folder">Where they are.</param>
/// <param name="use">The folder's lock, shared with other users and refused to who would remove it.</param>
internal sealed class CachedPackage(string folder, FileStream use) : IDisposable
{
    private const string LockName = ".use";

    public string Folder => folder;

    /// <summary>Takes a folder into use, and makes it where there is none.</summary>
    public static CachedPackage Hold(string folder, DateTime now)
    {
        while (true)
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, LockName);
            try
            {
                var use = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);
                // Who removes a folder moves it away first, with its lock.
                if (File.Exists(path))
                {
                    File.SetLastWriteTimeUtc(path, now);
                    return new(folder, use);
                }

                use.Dispose();
            }
            catch (IOException e) when (!DiskSpace.IsFull(e))
            {
                // It is just being removed.
                Thread.Yield();
            }
        }
    }

    /// <summary>When a folder was last taken into use.</summary>
    public static DateTime LastUse(string folder) => File.GetLastWriteTimeUtc(Path.Combine(folder, LockName));

    /// <summary>Removes a folder, unless it is in use.</summary>
    public static bool TryRemove(string folder)
    {
        try
        {
            var removed = $"{folder}.{Guid.NewGuid():n}.old";
            using (new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
            {
                if (!OperatingSystem.IsWindows())
                {
                    Directory.Move(folder, removed);
                }
            }

            if (OperatingSystem.IsWindows())
            {
                // An open file keeps its folder in place there.
                Directory.Move(folder, removed);
            }

            Directory.Delete(removed, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose() => use.Dispose();
}
