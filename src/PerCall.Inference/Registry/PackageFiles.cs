using PerCall.Inference.Packages;

namespace PerCall.Inference.Registry;

/// <summary>What the files of a package are for.</summary>
internal static class PackageFiles
{
    private const string Samples = "samples/";

    /// <summary>Those that serving needs: all but the card, the golden examples and their samples.</summary>
    public static IEnumerable<string> Serving(ModelManifest manifest) => manifest.Files.Keys
        .Where(f => f != manifest.Card && f != manifest.Golden && !f.StartsWith(Samples, StringComparison.Ordinal));

    /// <summary>Those that end up in memory as a session: the graph, and weights beside it.</summary>
    public static IEnumerable<string> Weights(ModelManifest manifest) => Serving(manifest).Where(f => f != manifest.Output.Labels);
}
