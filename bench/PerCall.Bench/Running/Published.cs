using PerCall.Testing;

namespace PerCall.Bench.Running;

/// <summary>A project as it would be deployed: <c>dotnet publish -c Release</c>, into <c>artifacts/bench</c>.</summary>
internal static class Published
{
    /// <returns>Path of the published assembly.</returns>
    public static Task<string> ProjectAsync(string folder, CancellationToken cancellation) =>
        ProjectAsync(folder, Path.GetFileName(folder), cancellation);

    /// <inheritdoc cref="ProjectAsync(string, CancellationToken)"/>
    /// <param name="folder">The project's folder.</param>
    /// <param name="assembly">The assembly's name.</param>
    /// <param name="cancellation">Cancels the publishing.</param>
    public static async Task<string> ProjectAsync(string folder, string assembly, CancellationToken cancellation)
    {
        var name = Path.GetFileName(folder);
        var output = Path.Combine(Repository.Root, "artifacts", "bench", name);
        Console.WriteLine($"Publishing {name}");
        await Tool.RunAsync(
            "dotnet", ["publish", folder, "-c", "Release", "-o", output, "--nologo", "-v", "quiet"], Repository.Root, cancellation);
        return Path.Combine(output, $"{assembly}.dll");
    }

    public static Task<string> ServiceAsync(CancellationToken cancellation) =>
        ProjectAsync(Path.Combine("src", "PerCall.Functions"), cancellation);
}
