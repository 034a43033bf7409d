namespace PerCall.Inference.Registry;

/// <summary>A package's files on disk. While it is held, no process removes them.</summary>
/// <param name="folder">The folder of the files.</param>
/// <param name="use">The folder's lock: shared between users, exclusive for removal.</param>
internal sealed class CachedPackage(string folder, FileStream use) : IDisposable
{
    private const string LockName = ".use";

    public string Folder => folder;

    /// <summary>Holds a folder, and creates it if it does not exist.</summary>
    public static CachedPackage Hold(string folder, DateTime now)
    {
        while (true)
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, LockName);
            try
            {
                var use = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);
                // A removal first moves the folder away, with its lock.
                if (File.Exists(path))
                {
                    File.SetLastWriteTimeUtc(path, now);
                    return new(folder, use);
                }

                use.Dispose();
            }
            catch (IOException e) when (!DiskSpace.IsFull(e))
            {
                // It is being removed at this moment.
                Thread.Yield();
            }
        }
    }

    /// <summary>Returns when a folder was last held.</summary>
    public static DateTime LastUse(string folder) => File.GetLastWriteTimeUtc(Path.Combine(folder, LockName));

    /// <summary>Returns whether a folder has been held.</summary>
    public static bool HasLock(string folder) => File.Exists(Path.Combine(folder, LockName));

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
                // Windows does not move a folder with an open file, so it is moved only now.
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
