using PerCall.Testing;

namespace PerCall.Bench.Running;

/// <summary>What the recipes of <c>bench/recipes</c> make, and what the repository ships.</summary>
internal static class BenchFiles
{
    /// <summary>The network's name as a model.</summary>
    public const string Network = "mobilenet";

    /// <summary>The name of a network as large as those that other services sell by the picture.</summary>
    public const string LargeNetwork = "resnet50";

    private const string NetworkRecipe = "networks.py";

    /// <summary>Not kept in the repository.</summary>
    public static string Cache { get; } = Path.Combine(Repository.Root, "bench", ".cache");

    public static string Folder => Path.Combine(Repository.Root, "bench");

    /// <summary>500 × 600 JPEG.</summary>
    public static string Photo => Made(Path.Combine(Cache, "photo.jpg"), "photo.py");

    /// <summary>Folder of packages: the network alone.</summary>
    public static string Packages => Path.GetDirectoryName(Path.GetDirectoryName(NetworkPackage))!;

    /// <summary>Folder of the network's package.</summary>
    public static string NetworkPackage => Made(Path.Combine(Cache, "models", Network, "1"), NetworkRecipe);

    /// <summary>Folder of packages: the large network alone.</summary>
    public static string LargePackages => Path.GetDirectoryName(
        Made(Path.Combine(Cache, "large-models", LargeNetwork), NetworkRecipe))!;

    /// <summary>The name of a text encoder.</summary>
    public const string Encoder = "encoder";

    /// <summary>Folder of packages: the text encoder alone.</summary>
    public static string Encoders => Path.GetDirectoryName(Made(Path.Combine(Cache, "encoders", Encoder), "encoder.py"))!;

    /// <summary>Texts for one of the repository's models, a JSON string a line.</summary>
    public static string Texts(string model) => Made(Path.Combine(Cache, $"{model}.jsonl"), "texts.py");

    /// <summary>The MovieLens ratings, CSV.</summary>
    public static string MovieLens => Made(Path.Combine(Cache, "movielens.csv"), "movielens.R");

    public static string Peer => Path.Combine(Repository.Root, "bench", "peer");

    private static string Made(string path, string recipe) => Path.Exists(path)
        ? path
        : throw new FileNotFoundException($"There is no {path}; bench/recipes/{recipe} makes it.");
}
