using System.Collections.Concurrent;
using Azure.Storage.Blobs;
using PerCall.Inference.Images;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Inference.Tests.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Publishing;

public sealed class PackagePublisherTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private static readonly string Digits = Path.Combine(Repository.Models, "digits", "1");

    private BlobContainerClient _container = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _container = await BlobContainers.CreateAsync(azurite, Cancellation);

    [Fact]
    public async Task Publish_GoodPackage_IsStoredWholeAndBecomesProduction()
    {
        var package = PackageBuilder.FromFolder(Digits);
        var manifest = await PublishAsync(package.Zip());

        var store = new BlobPackageStore(_container);
        var stored = await store.FindAsync("digits", "1", Cancellation);
        Assert.Equal(manifest.Files, stored!.Manifest.Files);
        foreach (var (file, content) in package.Files)
        {
            using var copy = new MemoryStream();
            await using var stream = await store.OpenAsync(stored, file, Cancellation);
            await stream.CopyToAsync(copy, Cancellation);
            Assert.Equal(content, copy.ToArray());
        }

        Assert.Equal("1", (await store.AliasesAsync("digits", Cancellation))["production"]);
        Assert.Equal(package.Files.Count + 2, (await _container.NamesAsync(Cancellation)).Count);
    }

    [Fact]
    public async Task Publish_ZooModelsOfOtherMakers_AreTakenAsTheyAre()
    {
        Assert.Equal("squeezenet", (await PublishAsync(ZooPackages.SqueezeNet().Zip())).Name);
        Assert.Equal("mnist-cntk", (await PublishAsync(ZooPackages.Mnist().Zip())).Name);
    }

    [Fact]
    public async Task Publish_PackageInAFolderOfTheArchive_IsFound()
    {
        using var folder = new TemporaryFolder();
        PackageBuilder.FromFolder(Digits).WriteTo(folder.Path);
        var zip = folder.File("digits.zip");
        await System.IO.Compression.ZipFile.CreateFromDirectoryAsync(folder.File("digits"), zip, Cancellation);

        Assert.Equal("1", (await PublishAsync(await File.ReadAllBytesAsync(zip, Cancellation))).Version);
    }

    [Fact]
    public async Task Publish_WeightsInAFileOfTheirOwn_AreLoaded()
    {
        Assert.Equal("external", (await PublishAsync(External().Zip())).Name);
    }

    [Fact]
    public async Task Publish_VersionThatExists_IsAConflictAndLeavesTheFirst()
    {
        await PublishAsync(PackageBuilder.FromFolder(Digits).Zip());
        var before = await _container.NamesAsync(Cancellation);

        var conflict = await Assert.ThrowsAsync<RegistryConflictException>(
            () => PublishAsync(PackageBuilder.FromFolder(Digits).With("description", "Another.").Zip()));

        Assert.Equal("version_exists", conflict.Code);
        Assert.Equal(before, await _container.NamesAsync(Cancellation));
        Assert.NotEqual("Another.", (await new BlobPackageStore(_container).FindAsync("digits", "1", Cancellation))!.Manifest.Description);
    }

    [Fact]
    public async Task Publish_ThePublicationAgain_IsNoConflict()
    {
        using var zip = new MemoryStream(PackageBuilder.FromFolder(Digits).Zip());
        var publisher = Publishers.For(_container);
        await publisher.PublishAsync(zip, new PublicationRun { Id = "pkg_1" }, Cancellation);
        var before = await _container.NamesAsync(Cancellation);

        Assert.Equal("digits", (await publisher.PublishAsync(zip, new PublicationRun { Id = "pkg_1" }, Cancellation)).Manifest.Name);

        Assert.Equal(before, await _container.NamesAsync(Cancellation));
        await Assert.ThrowsAsync<RegistryConflictException>(
            () => publisher.PublishAsync(zip, new PublicationRun { Id = "pkg_2" }, Cancellation));
        Assert.Equal(before, await _container.NamesAsync(Cancellation));
    }

    [Fact]
    public async Task Publish_WithReports_EachStageEndsWithAllBytes()
    {
        using var zip = new MemoryStream(PackageBuilder.FromFolder(Digits).Zip());
        var reports = new List<PublicationProgress>();

        await Publishers.For(_container).PublishAsync(
            zip, new PublicationRun { Progress = r => { lock (reports) { reports.Add(r); } } }, Cancellation);

        foreach (var stage in Enum.GetValues<PublicationStage>())
        {
            var last = reports.Last(r => r.Stage == stage);
            Assert.Equal((last.Total, true), (last.Bytes, last.Total > 100_000));
        }
    }

    [Fact]
    public async Task Publish_OfMoreThanAnInstanceCanHold_NamesTheSettings()
    {
        var options = new ModelRegistryOptions { SettingPrefix = "PerCall:Models:", CacheBytes = 1000, MemoryBudgetBytes = 2000 };
        var verifier = new PackageVerifier(
            new ModelLoader(options), new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels)));
        using var zip = new MemoryStream(PackageBuilder.FromFolder(Digits).Zip());

        var refusal = await Assert.ThrowsAsync<PackageRefusedException>(
            () => new PackagePublisher(verifier, Publishers.Deriver(), new BlobPackageWriter(_container), new PackageLimits())
                .PublishAsync(zip, Cancellation));

        Assert.Collection(
            refusal.Faults,
            f => Assert.Contains("at most 1,000 (PerCall:Models:CacheBytes)", f.Problem, StringComparison.Ordinal),
            f => Assert.Contains("at most 2,000 (PerCall:Models:MemoryBudgetBytes)", f.Problem, StringComparison.Ordinal));
        Assert.Empty(await _container.NamesAsync(Cancellation));
    }

    [Fact]
    public async Task Unpack_WhileOthersRemoveWhatWasLeft_RemovesItsFolder()
    {
        var folders = new ConcurrentBag<string>();
        // Each start looks for folders that nobody holds. One that ends at this moment is such a folder.
        Parallel.For(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using var unpacked = new UnpackFolder();
            folders.Add(unpacked.Folder);
        });

        // Processes of other tests look for such folders too, and may be removing one.
        await Eventually.HoldsAsync(() => Task.FromResult(!folders.Any(Directory.Exists)), "no folder is left");
    }

    [Fact]
    public async Task Publish_AfterAProcessDied_RemovesTheFolderItLeft()
    {
        var abandoned = Directory.CreateTempSubdirectory("percall-package-").FullName;
        await File.WriteAllTextAsync(Path.Combine(abandoned, ".use"), "", Cancellation);
        using var held = new UnpackFolder();

        await PublishAsync(PackageBuilder.FromFolder(Digits).Zip());

        await Eventually.HoldsAsync(() => Task.FromResult(!Directory.Exists(abandoned)), "the folder is removed");
        Assert.True(Directory.Exists(held.Folder));
    }

    [Fact]
    public async Task Publish_OneVersionByManyAtOnce_OneIsPublishedWhole()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
        {
            var package = PackageBuilder.FromFolder(Digits).Add("card.md", $"# Written by {i}").With("description", $"{i}");
            try
            {
                return (await PublishAsync(package.Zip())).Description;
            }
            catch (RegistryConflictException)
            {
                return null;
            }
        }));

        var winner = Assert.Single(outcomes, o => o is not null);
        var store = new BlobPackageStore(_container);
        var stored = (await store.FindAsync("digits", "1", Cancellation))!;
        Assert.Equal(winner, stored.Manifest.Description);
        using var card = new StreamReader(await store.OpenAsync(stored, "card.md", Cancellation));
        Assert.Equal($"# Written by {winner}", await card.ReadToEndAsync(Cancellation));
        Assert.Equal(stored.Manifest.Files.Count + 2, (await _container.NamesAsync(Cancellation)).Count);
    }

    [Fact]
    public async Task Publish_MissingWeights_AreRefusedByName()
    {
        await AssertRefusedAsync(
            External().Remove("weights.data").Zip(), "model.onnx", "keeps weights in 'weights.data', which is not in the package");
    }

    [Fact]
    public async Task Publish_WrongHash_IsRefused()
    {
        var package = PackageBuilder.FromFolder(Digits);
        package.With(
            "files", System.Text.Json.Nodes.JsonNode.Parse(package.ManifestBytes())!["files"]!.DeepClone()).Add("labels.txt", "changed");

        await AssertRefusedAsync(package.Zip(), "labels.txt", "has the SHA-256");
    }

    [Fact]
    public async Task Publish_GoldenExamplesNotReproduced_AreRefusedEach()
    {
        var package = PackageBuilder.FromFolder(Digits).Add("golden.jsonl", """
            {"image": "samples/digit-3.png", "predictions": [{"label": "7", "score": 0.9}]}
            {"image": "samples/digit-4.png", "predictions": [{"label": "4", "score": 0.1}]}
            """);

        var refusal = await AssertRefusedAsync(
            package.Zip(), "golden.jsonl, line 1", "is not reproduced for samples/digit-3.png: expected 7 0.9, got 3");
        Assert.Contains(refusal.Faults, f => f.Where == "golden.jsonl, line 2");
    }

    [Fact]
    public async Task Publish_WrongPreprocessing_IsNoticedByTheGoldenExamples()
    {
        var package = PackageBuilder.FromFolder(Digits);
        package.Manifest["image"]!["scale"] = 1;

        await AssertRefusedAsync(package.Zip(), "golden.jsonl, line", "is not reproduced");
    }

    [Fact]
    public async Task Publish_NoGoldenExamples_IsRefused()
    {
        await AssertRefusedAsync(
            PackageBuilder.FromFolder(Digits).With("golden", null).Remove("golden.jsonl").Zip(), "golden", "is missing");
    }

    public async ValueTask DisposeAsync() => await _container.DeleteAsync();

    private static PackageBuilder External()
    {
        var package = PackageBuilder.FromFolder(Digits).With("name", "external");
        package.Manifest["inputs"]![0]!["shape"] = new System.Text.Json.Nodes.JsonArray(1, 1, 2, 2);
        package.Manifest["outputs"]![0]!["shape"] = new System.Text.Json.Nodes.JsonArray(1, 3);
        package.Manifest["image"] = System.Text.Json.Nodes.JsonNode.Parse("""{"resize": "stretch", "color": "gray", "scale": 0.001}""");
        return package
            .Add("model.onnx", Fixture("external.onnx"))
            .Add("weights.data", Fixture("weights.data"))
            .Add("labels.txt", "one\ntwo\nthree")
            .Add(
                "golden.jsonl",
                """{"image": "samples/digit-3.png", "predictions": [{"label": "three", "score": 0.34}], "tolerance": 0.1}""");
    }

    private static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Publishing", "fixtures", name));

    private async Task<Inference.Packages.ModelManifest> PublishAsync(byte[] zip, PackageLimits? limits = null)
    {
        using var stream = new MemoryStream(zip);
        return await Publishers.For(_container, limits).PublishAsync(stream, Cancellation);
    }

    private async Task<PackageRefusedException> AssertRefusedAsync(byte[] zip, string where, string problem)
    {
        var refusal = await Assert.ThrowsAsync<PackageRefusedException>(() => PublishAsync(zip));
        Assert.Contains(
            refusal.Faults, f =>
                f.Where.StartsWith(where, StringComparison.Ordinal) && f.Problem.Contains(problem, StringComparison.Ordinal));
        Assert.Empty(await _container.NamesAsync(Cancellation));
        return refusal;
    }
}
