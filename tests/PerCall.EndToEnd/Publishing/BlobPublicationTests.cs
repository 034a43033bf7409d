using System.Net.Http.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Sas;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Publishing;

/// <summary>Packages that are taken from a blob in the operator's storage.</summary>
public sealed class BlobPublicationTests(Service service)
{
    private const string Planted = "planted-signature-7731";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_ABlobOfTheOperators_WithASignatureOrWithout()
    {
        var blob = await PutAsync("signed.zip", Packages.Zip("from-blob"));
        var published = await service.Operator.PublishModelAsync(Signed(blob), cancellation: Cancellation);
        Assert.Equal(("from-blob", "1"), (published.Id, published.Version));

        var second = Packages.Package("from-blob").With("version", "2");
        var stages = new List<string>();
        published = await service.Operator.PublishModelAsync(
            (await PutAsync("own access.zip", second.Zip())).Uri, new Reports<PublishProgress>(p => stages.Add(p.Stage)), Cancellation);
        Assert.Equal(("from-blob", "2"), (published.Id, published.Version));
        Assert.NotEmpty(stages);
        Assert.Empty(stages.Except(["queued", "unpacking", "verifying", "storing"]));

        // The operator's blob stays.
        Assert.True(await blob.ExistsAsync(Cancellation));
        using var within = await PostAsync(Signed(blob).AbsoluteUri);
        await Problems.AssertAsync(within, 409, "version_exists", null);
    }

    [Theory]
    [InlineData("not an address", "is not the address of a blob")]
    [InlineData("/packages/a.zip", "is not")]
    [InlineData("file:///etc/passwd", "is")]
    [InlineData("http://169.254.169.254/metadata/identity/oauth2/token", "is http://169.254.169.254/…")]
    [InlineData("http://localhost:7071/container/a.zip", "is http://localhost:7071/…")]
    [InlineData("https://example.com/container/a.zip", "is https://example.com/…")]
    [InlineData("http://account.blob.core.windows.net/container/a.zip", "is http://account.blob.core.windows.net/…")]
    [InlineData("https://account.blob.core.windows.net:8443/container/a.zip", "is https://account.blob.core.windows.net:8443/…")]
    [InlineData("https://account.blob.core.windows.net.example.com/container/a.zip", "which is not in Azure's storage")]
    [InlineData("https://account.queue.core.windows.net/container/a.zip", "which is not in Azure's storage")]
    [InlineData("https://a.b.blob.core.windows.net/container/a.zip", "which is not in Azure's storage")]
    [InlineData("https://user@account.blob.core.windows.net/container/a.zip", "is not the address of a blob")]
    [InlineData("https://account.blob.core.windows.net/container", "which names no blob")]
    public async Task Publish_AnAddressOutsideStorage_IsRefusedByName(string address, string named)
    {
        using var response = await PostAsync($"{address}?sig={Planted}");

        Assert.DoesNotContain(Planted, await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        await Problems.AssertAsync(response, 400, "invalid_blob", "blob", named);
    }

    [Fact]
    public async Task Publish_OfBlobsThatCannotBeRead_SaysWhyWithoutTheSignature()
    {
        await using var instance = await service.StartAnotherAsync(
            ("Logging__LogLevel__Default", "Trace"), ("AzureFunctionsJobHost__logging__logLevel__default", "Trace"),
            ("AzureFunctionsJobHost__logging__logLevel__PerCall", "Trace"));
        var blob = await PutAsync("readable.zip", Packages.Zip("readable"));
        var signed = Signed(blob);
        var signature = System.Web.HttpUtility.ParseQueryString(signed.Query)["sig"]!;
        var wrong = new Uri(signed.AbsoluteUri.Replace(
            Uri.EscapeDataString(signature), Uri.EscapeDataString($"{Planted}{signature[Planted.Length..]}"), StringComparison.Ordinal));

        using var denied = await PostAsync(wrong.AbsoluteUri, instance);
        Assert.DoesNotContain(Planted, await denied.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        await Problems.AssertAsync(denied, 422, "blob_not_readable", "blob", "does not let the service read http://127.0.0.1");
        await Problems.AssertAsync(
            await PostAsync(blob.Uri.AbsoluteUri.Replace("readable", "missing", StringComparison.Ordinal), instance), 404, "blob_not_found",
            "blob", "missing.zip");
        await Problems.AssertAsync(
            await PostAsync("https://account.blob.core.windows.net/container/a.zip", instance), 422, "blob_not_readable", "blob",
            "has no shared access signature, and this service has no identity");
        await Problems.AssertAsync(await PostAsync(null, instance), 400, "missing_upload", "upload", "'upload' or 'blob'");

        var client = PerCallClient.Connect(instance.Address, Service.OperatorKey);
        Assert.Equal("readable", (await client.PublishModelAsync(signed, cancellation: Cancellation)).Id);
        // Anywhere, also in the second half of the two signatures.
        var secret = signature[^20..];
        var lines = instance.Lines.Concat(service.Process.Lines).ToList();
        Assert.Contains(lines, l => l.Contains("PublishModel refused with 422 blob_not_readable", StringComparison.Ordinal));
        Assert.DoesNotContain(
            lines,
            l => l.Contains(secret, StringComparison.Ordinal) || l.Contains(Uri.EscapeDataString(secret), StringComparison.Ordinal)
                || l.Contains(Planted, StringComparison.Ordinal));
        var acts = (await service.Operator.ListAuditAsync(limit: 1000, cancellation: Cancellation)).Data
            .Select(r => System.Text.Json.JsonSerializer.Serialize(r)).ToList();
        Assert.NotEmpty(acts);
        Assert.DoesNotContain(
            acts, a => a.Contains(secret, StringComparison.Ordinal) || a.Contains("sig=", StringComparison.Ordinal));
        // It is not kept longer than it is needed.
        await foreach (var record in new BlobServiceClient(service.Azurite.ConnectionString).GetBlobContainerClient("packages")
            .GetBlobsAsync(cancellationToken: Cancellation))
        {
            Assert.DoesNotContain(
                secret, $"{(await Container("packages").GetBlobClient(record.Name).DownloadContentAsync(Cancellation)).Value.Content}",
                StringComparison.Ordinal);
        }
    }

    private BlobContainerClient Container(string name) =>
        new BlobServiceClient(service.Azurite.ConnectionString).GetBlobContainerClient(name);

    private async Task<BlobClient> PutAsync(string name, byte[] content)
    {
        var container = Container("incoming");
        await container.CreateIfNotExistsAsync(cancellationToken: Cancellation);
        await container.GetBlobClient(name).UploadAsync(BinaryData.FromBytes(content), overwrite: true, Cancellation);
        return container.GetBlobClient(name);
    }

    private static Uri Signed(BlobClient blob) =>
        blob.GenerateSasUri(BlobSasPermissions.Read, TimeProvider.System.GetUtcNow().AddHours(1));

    private async Task<HttpResponseMessage> PostAsync(string? blob, ServiceProcess? instance = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri((instance ?? service.Process).Address, "manage/v1/models"))
        {
            Content = JsonContent.Create(new(Upload: null, blob), WireJson.Default.PublishUploadRequest),
        };
        request.Headers.Add("x-api-key", Service.OperatorKey);
        return await service.Anonymous.SendAsync(request, Cancellation);
    }
}
