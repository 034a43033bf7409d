using System.Text.Json.Nodes;
using Google.Protobuf;
using PerCall.Inference.Deriving;
using PerCall.Inference.Onnx.Graph;
using PerCall.Inference.Packages;
using PerCall.Inference.Registry;
using PerCall.Inference.Tests.Publishing;
using PerCall.Testing;
using Xunit;

namespace PerCall.Inference.Tests.Deriving;

/// <summary>A folder with a graph and the files that its makers put beside it. The package of it is derived, and then verified.</summary>
internal sealed class DerivedFolder : IDisposable
{
    private readonly TemporaryFolder _root = new();

    public DerivedFolder(ModelProto graph)
        : this(graph.ToByteArray())
    {
    }

    public DerivedFolder(byte[] graph, string file = "model.onnx") => Add(file, graph);

    public string Path => _root.Path;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public DerivedFolder Add(string file, byte[] content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(_root.File(file))!);
        File.WriteAllBytes(_root.File(file), content);
        return this;
    }

    public DerivedFolder Add(string file, string content) => Add(file, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Derives the package, and verifies it in the way that publishing does.</summary>
    /// <param name="settings">Answers and members, as <c>name=value</c>.</param>
    public async Task<DerivedPackage> DeriveAsync(params string[] settings)
    {
        var derived = await Publishers.Deriver().DeriveAsync(
            Path, "My Model", settings.Select(s => s.Split('=', 2)).ToDictionary(s => s[0], s => s[1]), new NoQuestions(), Cancellation);
        await Publishers.Verifier().VerifyAsync(Path, new() { OnlyNamed = true }, Cancellation);
        return derived;
    }

    /// <summary>Derives the package, and returns the manifest.</summary>
    public async Task<JsonNode> ManifestAsync(params string[] settings)
    {
        await DeriveAsync(settings);
        return JsonNode.Parse(await File.ReadAllTextAsync(_root.File(ModelManifest.FileName), Cancellation))!;
    }

    public async Task<PackageRefusedException> RefuseAsync(params string[] settings) =>
        await Assert.ThrowsAsync<PackageRefusedException>(() => DeriveAsync(settings));

    /// <summary>Loads the derived package.</summary>
    public async Task<LoadedModel> LoadAsync()
    {
        var manifest = ManifestReader.Parse(await File.ReadAllBytesAsync(_root.File(ModelManifest.FileName), Cancellation));
        return await new ModelLoader(new ModelRegistryOptions()).LoadAsync(manifest, Path, Cancellation);
    }

    public string Read(string file) => File.ReadAllText(_root.File(file));

    public void Dispose() => _root.Dispose();
}
