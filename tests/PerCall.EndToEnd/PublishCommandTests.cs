using System.IO.Compression;
using System.Net.Http.Json;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>A graph and its labels, without a manifest, published with one command and called.</summary>
public sealed class PublishCommandTests(Service service) : IDisposable
{
    private static readonly string Fashion = Path.Combine(Repository.Models, "fashion", "1");

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_AGraphAlone_EndsWithABilledAnswer()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        var (code, output, error) = await RunAsync(
            Path.Combine(Fashion, "model.onnx"), "--name", "command-graph", "--set", "pixels=-1..1", "--set", "labels=numbers",
            "--call-key", tenant.Key.Key);

        Assert.True(code == 0, error);
        Assert.Contains("Published command-graph/1.", output, StringComparison.Ordinal);
        Assert.Contains("Charged: 7 micro-units for 1 unit(s).", output, StringComparison.Ordinal);
        Assert.Equal((1, TestTenant.ImagePrice), await tenant.UsedAsync(Cancellation));
        Assert.False(File.Exists(Path.Combine(Repository.Models, "fashion", "1", "command-graph-1.zip")));
    }

    [Fact]
    public async Task Publish_AFolder_AnswersAsTheOriginal()
    {
        var folder = CopyOfFashion("command-folder");
        var (refused, _, missing) = await RunAsync(folder);
        Assert.Equal(1, refused);
        Assert.Contains("pixels: cannot be derived. Which values does the input 'image' take?", missing, StringComparison.Ordinal);
        Assert.DoesNotContain("labels", missing, StringComparison.Ordinal);

        string[] known =
        [
            "pixels=0..1", "image.mean=[0.286]", "image.std=[0.353]", "image.resize=contain", "image.resample=area",
            "image.background=#000000",
        ];
        var (code, output, error) = await RunAsync(folder, [.. known.SelectMany(k => new[] { "--set", k })]);

        Assert.True(code == 0, error);
        Assert.Contains("labels.txt", output, StringComparison.Ordinal);
        using var tenant = await TestTenant.CreateAsync(service);
        var picture = await File.ReadAllBytesAsync(Service.Sample("fashion", "ankle-boot.png"), Cancellation);
        var own = await tenant.Client.ClassifyImageAsync(picture, "command-folder", cancellation: Cancellation);
        var original = await tenant.Client.ClassifyImageAsync(picture, "fashion", cancellation: Cancellation);
        Assert.Equal(original.Predictions, own.Predictions);

        var (_, uses, _) = await CommandAsync("uses", "command-folder");
        Assert.Equal("alias production (version 1)", uses.Trim());
        Assert.Contains(
            "is used by the alias 'production'", (await CommandAsync("remove", "command-folder")).Error, StringComparison.Ordinal);

        var (_, _, late) = await RunAsync(folder, "--set", "license=MIT");
        Assert.Contains("--set: is for a model without a model.json", late, StringComparison.Ordinal);

        // Again: the version is taken, and the service says so.
        var (taken, _, conflict) = await RunAsync(folder);
        Assert.Equal(2, taken);
        Assert.Contains("command-folder/1 is already published", conflict, StringComparison.Ordinal);

        Assert.Equal(
            "Removed the alias command-folder/production.", (await CommandAsync("unset", "command-folder/production")).Output.Trim());
        Assert.Equal("Nothing uses command-folder.", (await CommandAsync("uses", "command-folder")).Output.Trim());
        Assert.Equal("Removed command-folder.", (await CommandAsync("remove", "command-folder")).Output.Trim());
    }

    [Fact]
    public async Task Publish_OfAnArchiveWithoutAManifest_IsDerivedByTheService()
    {
        var folder = CopyOfFashion("anything");
        var zip = _folder.File("anything.zip");
        await ZipFile.CreateFromDirectoryAsync(folder, zip, Cancellation);

        using var open = await PostAsync(zip, "name=command-archive");
        var problem = (await open.Content.ReadFromJsonAsync(WireJson.Default.Problem, Cancellation))!;
        Assert.Equal((422, "package_refused"), ((int)open.StatusCode, problem.Code));
        Assert.Contains("pixels: cannot be derived.", problem.Detail, StringComparison.Ordinal);

        using var response = await PostAsync(zip, "name=command-archive&set=pixels%3D-1..1&set=license%3DMIT");
        var published = (await response.Content.ReadFromJsonAsync(WireJson.Default.PublishedModel, Cancellation))!;
        Assert.Equal(("command-archive", "1"), (published.Id, published.Version));
        Assert.Contains(published.Derived!, d => d is { Member: "output.labels", Assumed: false });
        Assert.Contains(published.Derived!, d => d is { Member: "version", Assumed: true });
        Assert.StartsWith("model.json was derived. The golden example is the model's own answer", published.Note, StringComparison.Ordinal);

        using var malformed = await PostAsync(zip, "name=command-archive&set=license");
        Assert.Equal("invalid_set", (await malformed.Content.ReadFromJsonAsync(WireJson.Default.Problem, Cancellation))!.Code);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>The graph and the labels, as somebody has them who knows no manifest.</summary>
    private string CopyOfFashion(string name)
    {
        Directory.CreateDirectory(_folder.File(name));
        foreach (var file in new[] { "model.onnx", "labels.txt" })
        {
            File.Copy(Path.Combine(Fashion, file), Path.Combine(_folder.File(name), file));
        }

        return _folder.File(name);
    }

    private Task<CommandResult> RunAsync(string source, params string[] further) => CommandAsync("publish", source, further);

    private Task<CommandResult> CommandAsync(string name, string subject, params string[] further) => PerCallCommand.RunAsync(
        ("PERCALL_ADMIN_KEY", Service.OperatorKey),
        ["models", name, subject, "--address", service.Process.Address.ToString(), .. further], Cancellation);

    private async Task<HttpResponseMessage> PostAsync(string zip, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"manage/v1/models?{query}")
        {
            Content = new ByteArrayContent(await File.ReadAllBytesAsync(zip, Cancellation))
            {
                Headers = { ContentType = new("application/zip") },
            },
        };
        request.Headers.Authorization = new("Bearer", Service.OperatorKey);
        return await service.Anonymous.SendAsync(request, Cancellation);
    }
}
