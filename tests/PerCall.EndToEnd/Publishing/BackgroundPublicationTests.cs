using System.Net;
using System.Net.Http.Json;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd.Publishing;

/// <summary>Publications that take longer than a request may.</summary>
public sealed class BackgroundPublicationTests(Service service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_AskedNotToWait_IsAcceptedOnceAndPublished()
    {
        var upload = await UploadAsync(Packages.Zip("background"));

        using var accepted = await PostAsync(upload);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal($"/manage/v1/models/uploads/{upload}/status", accepted.Headers.Location?.OriginalString);
        Assert.Equal("respond-async", accepted.Headers.GetValues("Preference-Applied").Single());
        Assert.NotNull(accepted.Headers.RetryAfter);
        var status = await EndAsync(upload);
        Assert.Equal(("published", "background", "1"), (status.Status, status.Model?.Id, status.Model?.Version));
        Assert.False(await Packages.BlobOf(service, upload).ExistsAsync(Cancellation));

        // Asked again, with and without waiting: it is done already.
        foreach (var prefer in new[] { "respond-async", "wait=5" })
        {
            using var again = await PostAsync(upload, prefer);
            Assert.Equal(
                ("published", "background"),
                await again.Content.ReadFromJsonAsync(WireJson.Default.PackageUploadStatus, Cancellation) is { } s
                    ? (s.Status, s.Model?.Id) : default);
        }

        var records = (await service.Operator.ListAuditAsync(limit: 1000, cancellation: Cancellation)).Data
            .Where(r => r.Subject == "model/background/1").Select(r => (r.Action, r.Actor));
        Assert.Equal([("model.publish", "operator")], records);
    }

    [Fact]
    public async Task Publish_AFaultyPackage_FailsWithEachFaultAndRemovesIt()
    {
        var upload = await UploadAsync(Packages.Package("faulty").Remove("labels.txt").With("golden", null).Remove("golden.jsonl").Zip());

        using var accepted = await PostAsync(upload);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var status = await EndAsync(upload);

        Assert.Equal(("failed", 422, "package_refused"), (status.Status, status.Error?.Status, status.Error?.Code));
        Assert.NotEmpty(status.Error!.Errors!);
        Assert.False(await Packages.BlobOf(service, upload).ExistsAsync(Cancellation));
        await Problems.AssertAsync(await PostAsync(upload), 404, "upload_not_found", "upload");
    }

    [Theory]
    [InlineData("pkg_00000000000000000000000000000000")]
    [InlineData("other")]
    public async Task Get_AnUploadOfWhichNothingHasArrived_IsNotFound(string id)
    {
        var refusal = await Assert.ThrowsAsync<PerCallException>(() => service.Operator.GetPackageUploadAsync(id, Cancellation));

        Assert.Equal("upload_not_found", refusal.Problem?.Code);
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Publish_InstanceDiesInTheMiddle_AnotherOneFinishesIt()
    {
        await using var own = new Service();
        await own.InitializeAsync();
        var upload = await UploadAsync(Packages.Zip("orphan"), own);
        // Everything is stored but the file that publishes the version, or also that one.
        await using var gate = await own.Azurite.HoldAsync("PUT", "/models/orphan/(1/model[.]json|aliases[.]json)");
        using var accepted = await PostAsync(upload, other: own);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        await gate.ReachedAsync(own.Process);
        var held = await own.Operator.GetPackageUploadAsync(upload, Cancellation);
        Assert.Equal(("publishing", null), (held.Status, held.Model));

        await own.Process.KillAsync();
        await gate.OpenAsync();
        await using var other = await own.StartAnotherAsync();
        var client = PerCallClient.Connect(other.Address, Service.OperatorKey);
        var status = await Eventually.ComesToAsync(
            () => client.GetPackageUploadAsync(upload, Cancellation), s => s.Status != "publishing", "the publication ends", other);

        Assert.Equal(("published", "orphan"), (status.Status, status.Model?.Id));
        Assert.Equal("1", status.Model!.Aliases["production"]);
    }

    [Fact]
    public async Task Uses_OfAModel_NameAliasesPlansAndBatches()
    {
        await PublishAsync(Packages.Package("used"));
        await service.Operator.SetAliasAsync("used", "canary", "1", Cancellation);
        await service.Operator.PutPlanAsync(
            "uses-it", new() { Currency = "EUR", Prices = [new("images.classify", "used", "image", 10)] }, Cancellation);

        var uses = await service.Operator.GetModelUsesAsync("used", Cancellation);

        Assert.Equal("used", uses.Model);
        Assert.Equal([new("alias", "canary", "1"), new("alias", "production", "1"), new ModelUse("plan", "uses-it")], uses.Data);
        await service.Operator.DeletePlanAsync("uses-it", Cancellation);
        Assert.Equal(2, (await service.Operator.GetModelUsesAsync("used", Cancellation)).Data.Count);
        var missing = await Assert.ThrowsAsync<PerCallException>(() => service.Operator.GetModelUsesAsync("unused", Cancellation));
        Assert.Equal("model_not_found", missing.Problem?.Code);
    }

    private async Task PublishAsync(PackageBuilder package)
    {
        using var zip = new MemoryStream(package.Zip());
        await service.Operator.PublishModelAsync(zip, Cancellation);
    }

    private async Task<string> UploadAsync(byte[] zip, Service? other = null)
    {
        var client = (other ?? service).Operator;
        var upload = await client.CreatePackageUploadAsync(Cancellation);
        await client.UploadPackageAsync(upload, new MemoryStream(zip), cancellation: Cancellation);
        return upload.Id;
    }

    private Task<PackageUploadStatus> EndAsync(string upload) => Eventually.ComesToAsync(
        () => service.Operator.GetPackageUploadAsync(upload, Cancellation), s => s.Status is not ("uploaded" or "publishing"),
        "the publication ends", service.Process);

    private async Task<HttpResponseMessage> PostAsync(string upload, string prefer = "respond-async", Service? other = null)
    {
        using var http = new HttpClient { BaseAddress = (other ?? service).Process.Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "manage/v1/models")
        {
            Content = JsonContent.Create(new(upload), WireJson.Default.PublishUploadRequest),
            Headers = { { "x-api-key", Service.OperatorKey }, { "Prefer", prefer } },
        };
        return await http.SendAsync(request, Cancellation);
    }
}
