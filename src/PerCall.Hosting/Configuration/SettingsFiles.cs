namespace PerCall.Hosting.Configuration;

/// <summary>
/// Finds host.json and local.settings.json: in the content root, in the folders above it up to the repository's root (the first that has
/// a .git or a solution), and last beside the application.
/// </summary>
internal static class SettingsFiles
{
    // A folder above that another user keeps closed is no repository; the service runs as one who may read its own folder alone.
    private static readonly EnumerationOptions Readable = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };

    public static string? Find(string fileName, string contentRoot, string applicationFolder)
    {
        foreach (var folder in Folders(contentRoot).Append(applicationFolder))
        {
            var path = Path.Combine(folder, fileName);
            if (File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>The content root, then its parents up to the repository's root; without a repository the content root alone.</summary>
    public static IReadOnlyList<string> Folders(string contentRoot)
    {
        var folders = new List<string>();
        for (var folder = new DirectoryInfo(contentRoot); folder is not null; folder = folder.Parent)
        {
            folders.Add(folder.FullName);
            if (IsRepositoryRoot(folder))
            {
                return folders;
            }
        }

        return folders.GetRange(0, 1);
    }

    private static bool IsRepositoryRoot(DirectoryInfo folder)
    {
        // In a git worktree .git is a file.
        var git = Path.Combine(folder.FullName, ".git");
        return Directory.Exists(git) || File.Exists(git) || (folder.Exists && folder.EnumerateFiles("*.sln*", Readable).Any());
    }
}
