using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.EndToEnd;

public sealed class ModelTests(Service service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task List_Models_HasTheStartersInOpenAiShape()
    {
        var models = await service.Client.ListModelsAsync(Cancellation);

        Assert.Equal("list", models.Object);
        foreach (var name in new[] { "digits", "fashion" })
        {
            var model = Assert.Single(models.Data, m => m.Id == name);
            Assert.Equal(("model", "percall", "image-classification"), (model.Object, model.OwnedBy, model.Task));
            Assert.Equal("1", model.Aliases["production"]);
            Assert.Contains("1", model.Versions);
            Assert.NotEqual(0, model.Created);
        }
    }

    [Fact]
    public async Task Get_Model_HasVersionsTensorsLabelsAndCard()
    {
        var model = await service.Client.GetModelAsync("fashion", Cancellation);

        Assert.Equal("Ankle boot", model.Labels![9]);
        Assert.Equal(("image", "float32"), (model.Inputs[0].Name, model.Inputs[0].Type));
        Assert.Equal([-1, 1, 28, 28], model.Inputs[0].Shape);
        Assert.Contains("## Metrics", model.Card, StringComparison.Ordinal);
        Assert.Equal(("1", "image"), (model.Version, model.Unit));
        Assert.Null(Assert.Single(model.Versions).Warning);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("No Such Name")]
    public async Task Get_UnknownModel_IsNotFound(string name)
    {
        var refusal = await Assert.ThrowsAsync<PerCallException>(() => service.Client.GetModelAsync(name, Cancellation));
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (refusal.Status, refusal.Problem?.Code));
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Publish_ModelOfOthers_IsServedByEveryInstance()
    {
        await using var other = await service.StartAnotherAsync();
        using var zip = new MemoryStream(ZooPackages.SqueezeNet().Zip());
        var published = await service.Operator.PublishModelAsync(zip, Cancellation);
        Assert.Equal(("squeezenet", "1", "1"), (published.Id, published.Version, published.Aliases["production"]));

        var kitten = await File.ReadAllBytesAsync(Repository.ZooFile("squeezenet-fp16", "kitten_224.png"), Cancellation);
        foreach (var client in new[] { service.Client, service.ClientOf(other) })
        {
            var answer = await client.ClassifyImageAsync(kitten, "squeezenet", 1, Cancellation);
            Assert.Equal("tabby, tabby cat", answer.Predictions[0].Label);
            Assert.InRange(answer.Predictions[0].Score!.Value, 0.91f, 0.95f);
        }
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Alias_MovedThroughOneInstance_IsFollowedByTheOther()
    {
        await using var other = await service.StartAnotherAsync();
        var distant = service.ClientOf(other);
        await PublishDigitsAsync("moved", "1");
        await PublishDigitsAsync("moved", "2");
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-5.png"), Cancellation);
        Assert.Equal("1", (await distant.ClassifyImageAsync(image, "moved", 1, Cancellation)).Version);

        Assert.Equal(
            new AliasResponse("moved", "production", "2"), await service.Operator.SetAliasAsync("moved", "production", "2", Cancellation));

        Assert.Equal("2", (await service.Client.ClassifyImageAsync(image, "moved", 1, Cancellation)).Version);
        await Eventually.HoldsAsync(
            async () => (await distant.ClassifyImageAsync(image, "moved", 1, Cancellation)).Version == "2", "the other instance follows");
        Assert.Equal("1", (await distant.ClassifyImageAsync(image, "moved/1", 1, Cancellation)).Version);
    }

    [Fact]
    public async Task Delete_Version_OnlyOnceNoAliasNamesIt()
    {
        await PublishDigitsAsync("removed", "1");
        await PublishDigitsAsync("removed", "2");
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-5.png"), Cancellation);
        await service.Client.ClassifyImageAsync(image, "removed/1", 1, Cancellation);

        var conflict = await Assert.ThrowsAsync<PerCallException>(() => service.Operator.DeleteVersionAsync("removed", "1", Cancellation));
        Assert.Equal((HttpStatusCode.Conflict, "version_in_use"), (conflict.Status, conflict.Problem?.Code));

        await service.Operator.SetAliasAsync("removed", "production", "2", Cancellation);
        await service.Operator.DeleteVersionAsync("removed", "1", Cancellation);

        Assert.Equal(["2"], (await service.Client.GetModelAsync("removed", Cancellation)).Versions.Select(v => v.Version));
        await Eventually.HoldsAsync(
            async () =>
                await Record.ExceptionAsync(
                    () =>
                        service.Client.ClassifyImageAsync(
                            image, "removed/1", 1, Cancellation)) is PerCallException { Status: HttpStatusCode.NotFound },
            "the removed version is served no more");
    }

    [Fact]
    public async Task Publish_FaultyPackage_IsRefusedWithEveryFaultAndNothingIsLeft()
    {
        var package = Digits("faulty", "1").With("description", "").Add("labels.txt", "one");
        package.Manifest["outputs"]![0]!["shape"] = new System.Text.Json.Nodes.JsonArray(0, 10);
        using var zip = new MemoryStream(package.Zip());

        var refusal = await Assert.ThrowsAsync<PerCallException>(() => service.Operator.PublishModelAsync(zip, Cancellation));

        Assert.Equal((HttpStatusCode.UnprocessableEntity, "package_refused"), (refusal.Status, refusal.Problem?.Code));
        Assert.Equal(["description", "outputs[0].shape"], refusal.Problem!.Errors!.Select(e => e.Where));
        Assert.DoesNotContain((await service.Client.ListModelsAsync(Cancellation)).Data, m => m.Id == "faulty");
    }

    [Fact]
    public async Task Publish_VersionThatExists_IsAConflict()
    {
        using var zip = new MemoryStream(Digits("digits", "1").With("description", "Another.").Zip());
        var refusal = await Assert.ThrowsAsync<PerCallException>(() => service.Operator.PublishModelAsync(zip, Cancellation));

        Assert.Equal((HttpStatusCode.Conflict, "version_exists"), (refusal.Status, refusal.Problem?.Code));
    }

    [Theory]
    [InlineData("POST", "manage/v1/models")]
    [InlineData("PUT", "manage/v1/models/digits/aliases/production")]
    [InlineData("DELETE", "manage/v1/models/digits/versions/1")]
    [InlineData("DELETE", "MANAGE/V1/Models/digits/versions/1")]
    public async Task Manage_WithoutTheOperatorsKey_IsRefused(string method, string path)
    {
        foreach (var (header, value) in new[] { ("x-none", "x"), ("Authorization", "Bearer wrong"), ("api-key", "wrong"), (
            "x-api-key", Service.OperatorKey[..^1]), ("Authorization", $"Basic {Service.OperatorKey}") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.TryAddWithoutValidation(header, value);
            using var response = await service.Anonymous.SendAsync(request, Cancellation);

            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
            Assert.Contains(
                (await response.Content.ReadFromJsonAsync(WireJson.Default.Problem, Cancellation))!.Code,
                new[] { "missing_key", "wrong_key" });
        }
    }

    [Theory]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("api-key", "")]
    [InlineData("x-api-key", "")]
    public async Task Manage_KeyInAnyOfItsHeaders_IsTaken(string header, string prefix)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Put, "manage/v1/models/digits/aliases/production")
        { Content = JsonContent.Create(new { version = "1" }) };
        request.Headers.TryAddWithoutValidation(header, prefix + Service.OperatorKey);
        using var response = await service.Anonymous.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("{\"version\": \"9\"}", 404, "version_not_found")]
    [InlineData("{\"version\": \"../1\"}", 400, "invalid_version")]
    [InlineData("{}", 400, "invalid_version")]
    [InlineData("no json", 400, "malformed_json")]
    public async Task SetAlias_ToNothing_IsRefused(string body, int status, string code)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Put, "manage/v1/models/digits/aliases/production")
        {
            Content = new StringContent(
                body, new MediaTypeHeaderValue("application/json"))
        };
        request.Headers.Authorization = new("Bearer", Service.OperatorKey);
        using var response = await service.Anonymous.SendAsync(request, Cancellation);

        var problem = (await response.Content.ReadFromJsonAsync(WireJson.Default.Problem, Cancellation))!;
        Assert.Equal((status, code), ((int)response.StatusCode, problem.Code));
        Assert.Equal("1", (await service.Client.GetModelAsync("digits", Cancellation)).Aliases["production"]);
    }

    [Fact]
    public async Task Models_OutsideATenantsPlan_AreNotThere()
    {
        using var tenant = await TestTenant.CreateAsync(
            service, new()
            {
                Currency = "EUR",
                Prices = [new(
                "images.classify", "fashion", "image", 1), new("*", "*", "1k_characters", 1)]
            });

        var listed = (await tenant.Client.ListModelsAsync(Cancellation)).Data.Select(m => m.Id).ToList();
        Assert.Contains("fashion", listed);
        Assert.Contains("spam", listed);
        Assert.DoesNotContain("digits", listed);
        Assert.DoesNotContain("shop", listed);
        await tenant.Client.GetModelAsync("fashion", Cancellation);
        foreach (var path in new[] { "v1/models/digits", "v1/models/digits?version=1", "v1/models/digits?version=9", "v1/models/nothing" })
        {
            await Problems.AssertAsync(
                await tenant.Http.GetAsync(new Uri(path, UriKind.Relative), Cancellation),
                404,
                "model_not_found",
                "model",
                "' not found. List the models with GET /v1/models.");
        }

        // A call says what the plan lacks, as before; the operator sees all.
        var refusal = await Assert.ThrowsAsync<PerCallException>(
            () => tenant.Client.ClassifyImageAsync(new byte[] { 1 }, "digits", cancellation: Cancellation));
        Assert.Equal("not_in_plan", refusal.Problem?.Code);
        Assert.Superset(
            new HashSet<string> { "digits", "fashion", "shop", "spam" },
            (await service.Operator.ListAllModelsAsync(Cancellation)).Data.Select(m => m.Id).ToHashSet());
        Assert.Equal("digits", (await service.Operator.GetAnyModelAsync("digits", Cancellation)).Id);
    }

    [Fact]
    [Trait("Processes", "several")]
    public async Task Delete_Model_OnceNothingUsesIt_IsGoneOnEveryInstance()
    {
        await using var other = await service.StartAnotherAsync();
        await PublishDigitsAsync("leaving", "1");
        await PublishDigitsAsync("leaving", "2");
        var image = await File.ReadAllBytesAsync(Service.Sample("digits", "digit-5.png"), Cancellation);
        foreach (var client in new[] { service.Client, service.ClientOf(other) })
        {
            await client.ClassifyImageAsync(image, "leaving", 1, Cancellation);
        }

        await AssertInUseAsync("model_in_use", "the alias 'production'", service.Operator.DeleteModelAsync("leaving", Cancellation));
        await service.Operator.UnsetAliasAsync("leaving", "production", Cancellation);
        Assert.Empty((await service.Client.GetModelAsync("leaving", Cancellation)).Aliases);
        await Assert.ThrowsAsync<PerCallException>(() => service.Operator.UnsetAliasAsync("leaving", "production", Cancellation));

        var plan = $"p-{Guid.NewGuid():n}"[..16];
        await service.Operator.PutPlanAsync(plan, new() { Currency = "EUR", Prices = [new("*", "leaving", "image", 1)] }, Cancellation);
        await AssertInUseAsync("model_in_use", $"the plan '{plan}'", service.Operator.DeleteModelAsync("leaving", Cancellation));
        await service.Operator.DeleteVersionAsync("leaving", "1", Cancellation);
        await AssertInUseAsync("model_in_use", $"the plan '{plan}'", service.Operator.DeleteVersionAsync("leaving", "2", Cancellation));
        await service.Operator.DeletePlanAsync(plan, Cancellation);
        await service.Operator.DeleteModelAsync("leaving", Cancellation);

        Assert.DoesNotContain((await service.Operator.ListAllModelsAsync(Cancellation)).Data, m => m.Id == "leaving");
        foreach (var client in new[] { service.Client, service.ClientOf(other) })
        {
            await Eventually.HoldsAsync(
                async () => await Record.ExceptionAsync(
                    () => client.ClassifyImageAsync(
                        image, "leaving", 1, Cancellation)) is PerCallException { Status: HttpStatusCode.NotFound },
                "the removed model is served no more");
        }

        var gone = await Assert.ThrowsAsync<PerCallException>(() => service.Operator.DeleteModelAsync("leaving", Cancellation));
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (gone.Status, gone.Problem?.Code));
        var acts = new List<AuditRecord>();
        AuditPage page;
        do
        {
            page = await service.Operator.ListAuditAsync(acts.Count, 1000, Cancellation);
            acts.AddRange(page.Data);
        }
        while (page.HasMore);
        string[] expected = ["model.alias.unset model/leaving/production", "model.delete model/leaving", $"plan.delete plan/{plan}"];
        Assert.Equal(expected, acts.Select(r => $"{r.Action} {r.Subject}").Intersect(expected).Order(StringComparer.Ordinal));
    }

    private static async Task AssertInUseAsync(string code, string by, Task removal)
    {
        var conflict = await Assert.ThrowsAsync<PerCallException>(() => removal);
        Assert.Equal((HttpStatusCode.Conflict, code), (conflict.Status, conflict.Problem?.Code));
        Assert.Contains(by, conflict.Problem!.Detail, StringComparison.Ordinal);
    }

    private static PackageBuilder Digits(string name, string version) =>
        PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1")).With("name", name).With("version", version);

    private async Task PublishDigitsAsync(string name, string version)
    {
        using var zip = new MemoryStream(Digits(name, version).Zip());
        await service.Operator.PublishModelAsync(zip, Cancellation);
    }
}
