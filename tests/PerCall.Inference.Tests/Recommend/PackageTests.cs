using System.Text;
using System.Text.Json.Nodes;
using PerCall.Inference.Images;
using PerCall.Inference.Packages;
using PerCall.Inference.Publishing;
using PerCall.Inference.Recommend;
using PerCall.Inference.Recommend.Arrays;
using PerCall.Inference.Recommend.Packaging;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Recommend;

/// <summary>What is written is what is read, what is published is verified, and what contradicts itself is refused by name.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PackageVerifier _verifier = new(
        new ModelLoader(new ModelRegistryOptions()), new GoldenCheck(new ImageClassifier(ImageClassifier.DefaultMaxPixels)));

    public static TheoryData<RecommenderMethod> Methods => [.. Enum.GetValues<RecommenderMethod>()];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Write_Recommender_IsReadBackAndVerifies(RecommenderMethod method)
    {
        var data = Recommenders.Draw(method) with { Users = [.. Enumerable.Range(0, 60).Select(i => $"user \"{i}\"\n é 🙂")] };
        using var package = await WrittenPackage.CreateAsync(data, _folder, Cancellation);

        Assert.Equal(data.Users, package.Data.Users);
        Assert.Equal(data.Items.Select(i => (i.Id, i.Title)), package.Data.Items.Select(i => (i.Id, i.Title)));
        Assert.All(data.Items.Zip(package.Data.Items), i => Assert.Equal(i.First.Attributes, i.Second.Attributes));
        Assert.Equal(
            (data.Mean, data.Rating, data.Dimensions, data.NeighborCount),
            (package.Data.Mean, package.Data.Rating, package.Data.Dimensions, package.Data.NeighborCount));
        foreach (var matrix in new Func<RecommenderData, ReadOnlyMemory<float>>[] { d => d.ItemVectors, d => d.UserVectors,
            d => d.ImplicitItemVectors, d => d.Similarities, d => d.UserBiases, d => d.ItemBiases, d => d.History.Ratings })
        {
            Assert.Equal(matrix(data).ToArray(), matrix(package.Data).ToArray());
        }

        Assert.Equal(data.History.Offsets.ToArray(), package.Data.History.Offsets.ToArray());
        Assert.Equal(data.History.Items.ToArray(), package.Data.History.Items.ToArray());
        Assert.Equal(data.Neighbors.ToArray(), package.Data.Neighbors.ToArray());
        Assert.Equal("drawn", (await _verifier.VerifyAsync(package.Folder, Cancellation)).Name);
        Assert.Equal(5, File.ReadAllLines(Path.Combine(package.Folder, "golden.jsonl")).Length);
    }

    [Fact]
    public async Task Write_WeightsOfTheGraph_LieInTheDataFileAlone()
    {
        using var package = await WrittenPackage.CreateAsync(
            Recommenders.Draw(RecommenderMethod.MatrixFactorization, users: 500, items: 400, factors: 64), _folder, Cancellation);

        Assert.True(new FileInfo(Path.Combine(package.Folder, "model.onnx")).Length < 10_000);
        using var arrays = new SafetensorsFile(Path.Combine(package.Folder, "data.safetensors"));
        Assert.Equal(0, arrays.Tensors.Values.MaxBy(t => t.Length)!.Offset % 4096);
        Assert.All(arrays.Tensors.Values, t => Assert.Equal(0, t.Offset % (t.Type == "I64" ? 8 : 4)));
    }

    [Fact]
    public async Task Write_NameThatIsNone_LeavesNothingBehind()
    {
        var target = _folder.File(Path.Combine("shop", "1"));

        await Assert.ThrowsAsync<PackageRefusedException>(() => RecommenderPackageWriter.WriteAsync(
            Recommenders.Draw(RecommenderMethod.ImplicitAls), Recommenders.Description("No Name"), target, Cancellation));

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.File("shop")));
    }

    [Fact]
    public async Task Write_FolderThatHoldsSomething_IsRefused()
    {
        Directory.CreateDirectory(_folder.File("taken"));
        await File.WriteAllTextAsync(_folder.File(Path.Combine("taken", "file")), "x", Cancellation);

        await Assert.ThrowsAsync<IOException>(() => RecommenderPackageWriter.WriteAsync(
            Recommenders.Draw(RecommenderMethod.ImplicitAls), Recommenders.Description("drawn"), _folder.File("taken"), Cancellation));
    }

    [Theory]
    [InlineData("items.jsonl", "{\"id\": \"a\"}\n{\"id\": 7}\n", "items.jsonl, line 2: 'id' must be a string")]
    [InlineData("items.jsonl", "{\"id\": \"a\"}\n{\"titel\": \"b\"}\n", "items.jsonl, line 2: unknown member 'titel'")]
    [InlineData("items.jsonl", "{\"id\": \"a\", \"attributes\": {\"price\": 3}}\n", "the attribute 'price' must be a string")]
    [InlineData("items.jsonl", "{\"id\": \"a\"\n", "items.jsonl, line 1")]
    [InlineData(
        "items.jsonl", "{\"id\": \"a\"}\n{\"id\": \"b\"}\n", "'item_vectors' of data.safetensors is F32[40, 8]; expected F32[2, 8]")]
    [InlineData("users.jsonl", "\"a\"\n\"b\" \"c\"\n", "users.jsonl, line 2")]
    [InlineData("users.jsonl", "", "'history_offsets' of data.safetensors is I64[61]; expected I64[1]")]
    [InlineData("data.safetensors", "short", "data.safetensors has 5 bytes")]
    [InlineData("data.safetensors", "this is a header of no known length", "declares a header of")]
    [InlineData(
        "golden.jsonl", "{\"user\": \"nobody\", \"recommendations\": [{\"item\": \"item-1\", \"score\": 1}]}",
        "uses the user 'nobody', but the package does not know it")]
    [InlineData("golden.jsonl", "{\"recommendations\": [{\"item\": \"item-1\", \"score\": 1}]}", "must have either a user or a history")]
    [InlineData(
        "golden.jsonl", "{\"user\": \"user-1\", \"recommendations\": [{\"item\": \"item-1\", \"score\": 99}]}",
        "is not reproduced for the user 'user-1'")]
    public async Task Verify_InvalidFile_IsRefusedByName(string file, string content, string problem)
    {
        var refusal = await RefuseAsync(p => p.Add(file, content));

        Assert.Contains(refusal.Faults, f => f.Problem.Contains(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("history_items", 0, 40, "'history_items' has indexes from 0 to 40; allowed: 0 to 39")]
    [InlineData("history_items", 4, 0, "a user's items must be in ascending order")]
    [InlineData("popular_items", 0, -1, "'popular_items' has indexes from -1")]
    [InlineData("item_vectors", 8, 0x7FC00000, "'item_vectors' has values that are not finite")]
    [InlineData("history_ratings", 0, 0x41200000, "has ratings of 0.5 to 10; allowed: 0.5 to 5")]
    [InlineData("history_offsets", 8, 9999, "'history_offsets' decreases from 9999")]
    public async Task Verify_InvalidArray_IsRefusedByName(string array, int at, int value, string problem)
    {
        var refusal = await RefuseAsync(p =>
        {
            var bytes = p.Files["data.safetensors"].ToArray();
            File.WriteAllBytes(_folder.File("arrays"), bytes);
            using var arrays = new SafetensorsFile(_folder.File("arrays"));
            BitConverter.TryWriteBytes(bytes.AsSpan((int)arrays.Tensors[array].Offset + at), value);
            return p.Add("data.safetensors", bytes);
        });

        Assert.Contains(refusal.Faults, f => f.Problem.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verify_ArrayPastTheEnd_IsRefused()
    {
        var header = Encoding.UTF8.GetBytes("""{"mean": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}""");

        var refusal = await RefuseAsync(p => p.Add("data.safetensors", [.. BitConverter.GetBytes((long)header.Length), .. header]));

        Assert.Contains(
            refusal.Faults, f =>
                f.Problem.Contains(
                    "'mean' of data.safetensors is F32[1] in bytes 0 to 4 of 0; shape and byte range do not match",
                    StringComparison.Ordinal));
    }

    [Fact]
    public async Task Verify_TensorsThatNoRecommenderHas_AreRefused()
    {
        var refusal = await RefuseAsync(p =>
        {
            p.Manifest["inputs"]![1]!["type"] = "int64";
            p.Manifest["inputs"]![0]!["shape"] = new JsonArray(2);
            p.Manifest["outputs"]!.AsArray().RemoveAt(1);
            return p;
        });

        Assert.Equal(["inputs[0].shape", "inputs[1].type", "outputs"], refusal.Faults.Select(f => f.Where));
    }

    [Fact]
    public async Task Verify_VectorOfAnotherLength_IsRefused()
    {
        var refusal = await RefuseAsync(p =>
        {
            p.Manifest["inputs"]![1]!["shape"] = new JsonArray(1, 9);
            return p;
        });

        Assert.Contains(
            refusal.Faults, f =>
                f.Problem.Contains(
                    "'vector' has 9 elements in the manifest, but 8 with the arrays of data.safetensors", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<PackageRefusedException> RefuseAsync(Func<PackageBuilder, PackageBuilder> spoil)
    {
        using var package = await WrittenPackage.CreateAsync(
            Recommenders.Draw(RecommenderMethod.MatrixFactorization), _folder, Cancellation);
        var folder = spoil(PackageBuilder.FromFolder(package.Folder)).WriteTo(_folder.File("spoilt"));
        return await Assert.ThrowsAsync<PackageRefusedException>(() => _verifier.VerifyAsync(folder, Cancellation));
    }
}
