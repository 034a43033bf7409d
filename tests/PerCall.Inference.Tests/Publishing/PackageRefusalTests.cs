using System.IO.Compression;
using System.Text.Json.Nodes;
using PerCall.Inference.Images;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Publishing;

/// <summary>What the archive and the manifest may get wrong; nothing of it comes as far as storage.</summary>
public sealed class PackageRefusalTests
{
    private static readonly string Digits = Path.Combine(Repository.Models, "digits", "1");

    private readonly PackageVerifier _verifier = new(
        new ModelLoader(new ModelRegistryOptions()), new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels)));

    public static TheoryData<string, string, string, string> Contradictions => new()
    {
        { "schema", "2", "schema", "is 2; allowed in this version of PerCall: 1" },
        { "name", "\"Digits!\"", "name", "is 'Digits!'" },
        { "version", "\"v1\"", "version", "starting with a digit" },
        { "inputs[0].name", "\"picture\"", "inputs[0]", "the graph has no such input; it has image" },
        { "inputs[0].type", "\"float16\"", "inputs[0].type", "is float16, but 'image' is Float in the graph" },
        { "inputs[0].shape", "[-1, 1, 32, 32]", "inputs[0].shape", "is [-1, 1, 32, 32], but 'image' is [-1, 1, 28, 28] in the graph" },
        { "inputs[0].shape", "[-1, 28, 28]", "inputs[0].shape", "has 3 dimensions; expected 4 for an image tensor" },
        { "inputs[0].layout", "null", "inputs[0].layout", "is missing" },
        { "outputs[0].shape", "[-1, 12]", "outputs[0].shape", "but 'logits' is [-1, 10]" },
        { "outputs[0].shape", "[0, 10]", "outputs[0].shape", "has the dimension 0" },
        { "output.tensor", "\"scores\"", "output.tensor", "names 'scores', which is not described in outputs" },
        { "output.labels", "\"names.txt\"", "output.labels", "which is not listed in files" },
        { "image.color", "\"rgb\"", "image.color", "is rgb, 3 channel(s), but inputs[0] has 1 in NCHW" },
        { "image.std", "[0]", "image.std", "a standard deviation of 0" },
        { "image.mean", "[1, 2, 3]", "image.mean", "has 3 values; expected 1 or 1" },
        { "image.background", "\"white\"", "image.background", "is 'white'; expected #rrggbb" },
        { "image.resize", "\"squash\"", "model.json", "the value is not allowed there" },
        { "image.resize_to", "32", "image.resize_to", "is allowed only with shortest_side" },
        { "image.antialias", "false", "image.antialias", "allowed only with resample bilinear and bicubic" },
        { "image.resample", "\"cubic\"", "model.json", "the value is not allowed there, at $.image.resample" },
        { "limits", "{\"queue\": -1}", "limits.queue", "is -1; allowed: 0 to 10000" },
        { "limits", "{\"concurrency\": 1000}", "limits.concurrency", "allowed: 1 to 64" },
        { "lables", "\"labels.txt\"", "model.json", "unknown member 'lables'" },
        { "image.means", "[0]", "model.json", "unknown member 'means', at $.image" },
        { "output", "{}", "output.labels", "is missing; it is required for labels" },
        { "limits", "[]", "model.json", "the value is not allowed there, at $.limits" },
        { "model", "null", "model.json", "null" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task Verify_ContradictionInTheManifest_IsNamed(string path, string value, string where, string problem)
    {
        var package = PackageBuilder.FromFolder(Digits);
        Set(package.Manifest, path, JsonNode.Parse(value));

        var refusal = await RefuseAsync(package);

        Assert.Contains(refusal.Faults, f => f.Where == where && f.Problem.Contains(problem, StringComparison.Ordinal));
        // Names of types mean nothing to whoever wrote the manifest.
        Assert.All(refusal.Faults, f => Assert.DoesNotMatch(@"\.NET|PerCall\.\w|System\.", f.Problem));
    }

    [Fact]
    public async Task Verify_SectionThatIsMissing_IsOneFault()
    {
        var refusal = await RefuseAsync(PackageBuilder.FromFolder(Digits).With("image", null));

        Assert.Equal("image: is missing; it is required for image-classification.", Assert.Single(refusal.Faults).ToString());
    }

    [Fact]
    public async Task Verify_LabelsOfTheWrongCount_AreRefused()
    {
        var refusal = await RefuseAsync(PackageBuilder.FromFolder(Digits).Add("labels.txt", "0\n1\n2"));

        Assert.Contains(
            refusal.Faults, f =>
                f.Where == "labels.txt" && f.Problem.Contains(
                    "has 3 labels, but 'logits' has 10 values per input", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verify_ManyFaults_AreAllListed()
    {
        var package = PackageBuilder.FromFolder(Digits).With("name", "No Name").With("limits", new JsonObject { ["queue"] = -5 });
        package.With("files", JsonNode.Parse(package.ManifestBytes())!["files"]!.DeepClone())
            .Add("card.md", "changed").Add("surplus.bin", "x").Remove("labels.txt");

        var refusal = await RefuseAsync(package);

        Assert.Equal(
            ["name", "limits.queue", "surplus.bin", "labels.txt", "card.md"], refusal.Faults.Select(f => f.Where), new SetComparer());
    }

    [Fact]
    public async Task Verify_FileThatIsNotAGraph_IsRefused()
    {
        var refusal = await RefuseAsync(PackageBuilder.FromFolder(Digits).Add("model.onnx", "this is not a graph"));

        Assert.Contains(
            refusal.Faults, f => f.Where == "model.onnx" && f.Problem.StartsWith("is not an ONNX file", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("samples/../../evil.txt")]
    [InlineData("/etc/evil.txt")]
    [InlineData("C:\\evil.txt")]
    [InlineData("samples\\evil.txt")]
    [InlineData("évil.txt")]
    [InlineData("LABELS.TXT")]
    public async Task Unpack_PathThatIsNotOfThePackage_IsRefused(string name)
    {
        using var folder = new TemporaryFolder();
        var zip = PackageBuilder.FromFolder(Digits).Zip((name, [1, 2, 3]));

        var refusal = await UnpackAsync(zip, folder.File("package"));

        Assert.Contains(refusal.Faults, f => f.Where == name);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories), File.Exists);
    }

    [Fact]
    public async Task Unpack_SymbolicLink_IsRefused()
    {
        using var folder = new TemporaryFolder();
        using var stream = new MemoryStream();
        await stream.WriteAsync(PackageBuilder.FromFolder(Digits).Zip(), TestContext.Current.CancellationToken);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            var entry = archive.CreateEntry("samples/link.png");
            entry.ExternalAttributes = unchecked((int)0xA1FF0000);
            await using var content = await entry.OpenAsync(TestContext.Current.CancellationToken);
            await content.WriteAsync("/etc/passwd"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        var refusal = await UnpackAsync(stream.ToArray(), folder.File("package"));

        Assert.Contains(
            refusal.Faults, f => f.Where == "samples/link.png" && f.Problem.Contains("symbolic link", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Unpack_Bomb_StopsAtTheLimit()
    {
        using var folder = new TemporaryFolder();
        var zip = PackageBuilder.FromFolder(Digits).Zip(("samples/bomb.png", new byte[200_000_000]));

        var refusal = await UnpackAsync(zip, folder.File("package"));

        Assert.Contains(refusal.Faults, f => f.Problem.Contains("exceeds the unpacked size limit", StringComparison.Ordinal));
        var written = new DirectoryInfo(folder.Path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        Assert.True(written <= zip.Length * new PackageLimits().MaxRatio, $"{written} bytes were written of an archive of {zip.Length}.");
    }

    [Fact]
    public async Task Unpack_NoZipOrNoPackage_IsRefused()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains(
            "is not a readable ZIP file", (await UnpackAsync("not a zip"u8.ToArray(), folder.File("a"))).Message, StringComparison.Ordinal);
        Assert.Contains("has no files", (await UnpackAsync(ZipOf(), folder.File("b"))).Message, StringComparison.Ordinal);
        Assert.Contains(
            "contains 2 files named model.json",
            (await UnpackAsync(ZipOf("one/model.json", "two/model.json"), folder.File("c"))).Message, StringComparison.Ordinal);
    }

    private static byte[] ZipOf(params string[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Array.ForEach(entries, e => zip.CreateEntry(e));
        }

        return stream.ToArray();
    }

    private static void Set(JsonNode node, string path, JsonNode? value)
    {
        var parts = path.Replace("[0]", ".0", StringComparison.Ordinal).Split('.');
        foreach (var part in parts[..^1])
        {
            node = int.TryParse(part, out var index) ? node[index]! : node[part]!;
        }

        node[parts[^1]] = value;
    }

    private static async Task<PackageRefusedException> UnpackAsync(byte[] zip, string folder)
    {
        Directory.CreateDirectory(folder);
        using var stream = new MemoryStream(zip);
        return await Assert.ThrowsAsync<PackageRefusedException>(
            () => PackageArchive.UnpackAsync(
                stream, folder, new PackageLimits(), new PublicationRun(), TestContext.Current.CancellationToken));
    }

    private async Task<PackageRefusedException> RefuseAsync(PackageBuilder package)
    {
        using var folder = new TemporaryFolder();
        // Under a name of the test's own, because the manifest's may be the fault.
        var target = folder.File("package");
        using var stream = new MemoryStream(package.Zip());
        Directory.CreateDirectory(target);
        await PackageArchive.UnpackAsync(stream, target, new PackageLimits(), new PublicationRun(), TestContext.Current.CancellationToken);
        return await Assert.ThrowsAsync<PackageRefusedException>(
            () => _verifier.VerifyAsync(target, TestContext.Current.CancellationToken));
    }

    private sealed class SetComparer : IEqualityComparer<IEnumerable<string>>
    {
        public bool Equals(IEnumerable<string>? x, IEnumerable<string>? y) =>
            x!.Order(StringComparer.Ordinal).SequenceEqual(y!.Order(StringComparer.Ordinal));

        public int GetHashCode(IEnumerable<string> obj) => 0;
    }
}
