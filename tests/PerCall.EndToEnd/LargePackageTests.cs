using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using PerCall.Client;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>Packages that are longer than a request's body may be.</summary>
public sealed class LargePackageTests(Service service)
{
    private const int Zeros = 101 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_OfMoreThanABodyMayHave_GoesThroughStorageAndIsNotHeldInMemory()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("package.zip");
        await WriteAsync(file);
        // Less than the package has.
        await using var instance = await service.StartAnotherAsync(("DOTNET_GCHeapHardLimit", $"{96 << 20:x}"));
        var client = PerCallClient.Connect(instance.Address, Service.OperatorKey);

        await using (var zip = File.OpenRead(file))
        {
            var published = await client.PublishModelAsync(zip, Cancellation);
            Assert.Equal(("large", "1"), (published.Id, published.Version));
        }

        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7.png"), Cancellation);
        Assert.Equal("7", (await service.ClientOf(instance).ClassifyImageAsync(image, "large", 1, Cancellation)).Predictions[0].Label);
    }

    [Fact]
    public async Task Publish_InABodyThatIsTooLong_NamesTheLimitAndTheWay()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Process.Address, "manage/v1/models"))
        {
            Content = new ByteArrayContent(new byte[105_000_000]) { Headers = { ContentType = new("application/zip") } },
        };
        request.Headers.Add("x-api-key", Service.OperatorKey);
        request.Headers.ExpectContinue = true;

        using var response = await service.Anonymous.SendAsync(request, Cancellation);

        await Problems.AssertAsync(
            response, 413, "body_too_large", null,
            "has 105,000,000 bytes; allowed: at most 104,857,600. For a larger package, use POST /manage/v1/models/uploads: it returns "
                + "an address for an upload in parts. Or name a blob");
    }

    [Theory]
    [InlineData("pkg_00000000000000000000000000000000")]
    [InlineData("../fashion")]
    public async Task Publish_OfAnUploadThatIsNotThere_IsRefused(string upload)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Process.Address, "manage/v1/models"))
        {
            Content = new StringContent($$"""{"upload": "{{upload}}"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("x-api-key", Service.OperatorKey);

        using var response = await service.Anonymous.SendAsync(request, Cancellation);

        await Problems.AssertAsync(response, (int)HttpStatusCode.NotFound, "upload_not_found", "upload");
    }

    /// <summary>Digits, with a sample of zeros that are not compressed.</summary>
    private static async Task WriteAsync(string path)
    {
        var package = PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1")).With("name", "large");
        var block = new byte[1 << 20];
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var zip = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        await using (var entry = zip.CreateEntry("samples/zeros.bin", CompressionLevel.NoCompression).Open())
        {
            for (var written = 0; written < Zeros; written += block.Length)
            {
                sha.AppendData(block);
                await entry.WriteAsync(block, Cancellation);
            }
        }

        var manifest = JsonNode.Parse(package.ManifestBytes())!;
        manifest["files"]!["samples/zeros.bin"] = Convert.ToHexStringLower(sha.GetHashAndReset());
        foreach (var (name, content) in package.Files.Append(new("model.json", Encoding.UTF8.GetBytes(manifest.ToJsonString()))))
        {
            await using var entry = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
            await entry.WriteAsync(content, Cancellation);
        }
    }
}
