using PerCall.Testing;

namespace PerCall.Bench.Running;

/// <summary>A project as it would be deployed: <c>dotnet publish -c Release</c>, into <c>artifacts/bench</c>.</summary>
internal static class Published
{
    /// <returns>Path of the published assembly.</returns>
    public static async Task<string> ProjectAsync(string folder, CancellationToken cancellation)
    {
        var name = Path.GetFileName(folder);
        var output = Path.Combine(Repository.Root, "artifacts", "bench", name);
        Console.WriteLine($"Publishing {name}");
        await Tool.RunAsync(
            "dotnet", ["publish", folder, "-c", "Release", "-o", output, "--nologo", "-v", "quiet"], Repository.Root, cancellation);
        return Path.Combine(output, $"{name}.dll");
    }

    public static Task<string> ServiceAsync(CancellationToken cancellation) =>
        ProjectAsync(Path.Combine("src", "PerCall.Functions"), cancellation);
}
