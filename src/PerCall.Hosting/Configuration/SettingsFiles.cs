namespace PerCall.Hosting.Configuration;

/// <summary>
/// Finds host.json and local.settings.json. It searches the content root, then the folders above up to the repository's root (the first
/// folder with a .git or a solution), and last the application's folder.
/// </summary>
internal static class SettingsFiles
{
    // A parent folder without read access is not the repository's root. The service may run as a user who can read only its own folder.
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

    /// <summary>
    /// Returns the content root and its parents up to the repository's root; outside a repository, only the content root.
    /// </summary>
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
