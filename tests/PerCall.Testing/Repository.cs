namespace PerCall.Testing;

/// <summary>Where the tests find the repository's own files, and what was built beside them.</summary>
public static class Repository
{
    /// <summary>The folder of Functions.sln.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>The built assembly of a project, in the configuration that the tests were built in.</summary>
    public static string Assembly(string project)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        return Path.Combine(Root, "artifacts", "bin", project, configuration, $"{project}.dll");
    }

    private static string FindRoot(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Functions.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {start} has Functions.sln.");
    }
}
