using PerCall.Inference.Registry;

namespace PerCall.Inference.Publishing;

/// <summary>
/// A temporary folder for an unpacked package. A process that dies leaves its folder, which can have gigabytes; the next publication on
/// this machine removes it.
/// </summary>
internal sealed class UnpackFolder : IDisposable
{
    private const string Prefix = "percall-package-";

    private readonly string _root = Directory.CreateTempSubdirectory(Prefix).FullName;
    private readonly CachedPackage _held;

    public UnpackFolder()
    {
        // Its lock's time is not used.
        _held = CachedPackage.Hold(_root, DateTime.UnixEpoch);
        Folder = Directory.CreateDirectory(Path.Combine(_root, "files")).FullName;
        RemoveAbandoned();
    }

    /// <summary>The empty folder for the package's files.</summary>
    public string Folder { get; }

    public void Dispose()
    {
        _held.Dispose();
        // Another publication may find the folder at this moment, and remove it.
        CachedPackage.TryRemove(_root);
    }

    private static void RemoveAbandoned()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), $"{Prefix}*"))
        {
            try
            {
                if (CachedPackage.HasLock(folder))
                {
                    CachedPackage.TryRemove(folder);
                }
            }
            catch (UnauthorizedAccessException)
            {
                // Another user's.
            }
        }
    }
}
