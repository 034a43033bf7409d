using Xunit;

namespace PerCall.Testing;

/// <summary>Where the tests find the repository's own files, and what was built beside them.</summary>
public static class Repository
{
    /// <summary>The folder of Functions.sln.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>Models and photographs that nobody here made; beside the repository, or where PERCALL_ZOO says.</summary>
    public static string Zoo { get; } = Environment.GetEnvironmentVariable("PERCALL_ZOO") ?? Path.GetFullPath(
        Path.Combine(Root, "..", "shared", "zoo"));

    /// <summary>The packages that the repository ships.</summary>
    public static string Models => Path.Combine(Root, "models");

    /// <summary>The service as it is published, compiled ahead of time; PerCall.EndToEnd's build makes it.</summary>
    public static string Published => Path.Combine(Root, "artifacts", "published", "service", "PerCall.Functions.dll");

    /// <summary>The built assembly of a project, in the configuration that the tests were built in.</summary>
    /// <param name="project">The project's name.</param>
    /// <param name="name">The assembly's name; null: the project's.</param>
    public static string Assembly(string project, string? name = null)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        return Path.Combine(Root, "artifacts", "bin", project, configuration, $"{name ?? project}.dll");
    }

    /// <summary>A file of the zoo; the test is skipped where there is no zoo.</summary>
    public static string ZooFile(params string[] parts)
    {
        var path = Path.Combine([Zoo, .. parts]);
        Assert.SkipUnless(Path.Exists(path), $"There is no {path}; set PERCALL_ZOO to a folder of models and photographs.");
        return path;
    }

    /// <summary>A file that was once answered wrongly; <c>tests/cases</c> has them.</summary>
    public static byte[] Case(string name) => File.ReadAllBytes(Path.Combine(Root, "tests", "cases", name));

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
