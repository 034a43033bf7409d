namespace PerCall.Functions.Models;

/// <summary>Finds a folder of the repository from any folder within it.</summary>
public static class RepositoryFolder
{
    private const string Marker = "Functions.sln";

    /// <returns>The folder's full path; null outside a repository, or when the repository has no such folder.</returns>
    public static string? Find(string from, string folder)
    {
        foreach (var start in new[] { from, AppContext.BaseDirectory })
        {
            for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
            {
                if (File.Exists(Path.Combine(directory.FullName, Marker)))
                {
                    var found = Path.Combine(directory.FullName, folder);
                    return Path.Exists(found) ? found : null;
                }
            }
        }

        return null;
    }
}
