using Xunit;

namespace PerCall.Testing;

/// <summary>Paths of the repository that the tests run in.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Models and photographs that nobody here made; beside the repository, or where PERCALL_ZOO says.</summary>
    public static string Zoo { get; } = Environment.GetEnvironmentVariable("PERCALL_ZOO") ?? Path.GetFullPath(Path.Combine(Root, "..", "shared", "zoo"));

    public static string Models => Path.Combine(Root, "models");

    /// <summary>A file of the zoo; the test is skipped where there is no zoo.</summary>
    public static string ZooFile(params string[] parts)
    {
        var path = Path.Combine([Zoo, .. parts]);
        Assert.SkipUnless(Path.Exists(path), $"There is no {path}; set PERCALL_ZOO to a folder of models and photographs.");
        return path;
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Functions.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds Functions.sln.");
    }
}
