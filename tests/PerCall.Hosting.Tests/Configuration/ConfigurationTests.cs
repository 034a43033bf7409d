using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Configuration;

public sealed class ConfigurationTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Settings_OfAllSources_TheEnvironmentWinsOverLocalSettings()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        File.WriteAllText(app.Folder.File("local.settings.json"), """
            { "Values": { "OnlyFile": "file", "Both": "file", "Section__Key": "nested", "WEBSITE_HOSTNAME": "api.example" } }
            """);
        File.WriteAllText(app.Folder.File("host.json"), """
            { "version": "2.0", "extensions": { "http": { "routePrefix": "v9" }, "unknown": { "x": 1 } } }
            """);
        var service = await app.StartAsync(("Both", "environment"));
        using var client = new HttpClient { BaseAddress = service.Address };

        Assert.Equal("file", await client.GetStringAsync("/v9/setting/OnlyFile"));
        Assert.Equal("environment", await client.GetStringAsync("/v9/setting/Both"));
        Assert.Equal("nested", await client.GetStringAsync("/v9/setting/Section:Key"));
        Assert.Equal("api.example", await client.GetStringAsync("/v9/hostname"));
    }

    [Fact]
    public async Task HostJson_WithoutRoutePrefix_IsUnderApi()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        File.WriteAllText(app.Folder.File("host.json"), "{}");
        var service = await app.StartAsync();
        using var client = new HttpClient { BaseAddress = service.Address };

        Assert.StartsWith("127.0.0.1:", await client.GetStringAsync("/api/hostname"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HostJson_NotJson_IsOneSentence()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        File.WriteAllText(app.Folder.File("host.json"), "{ \"version\": ");
        var service = app.Launch();

        Assert.Equal(1, await service.WaitForExitAsync());
        var error = Assert.Single(service.Lines, l => l.StartsWith("error: ", StringComparison.Ordinal));
        Assert.Contains("host.json is not valid JSON", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KestrelOptions_OfTheApplication_WinOverTheHosts()
    {
        await using var app = new TestApp(azurite.ConnectionString);
        var service = await app.StartAsync(("MaxBody", "10"));
        using var client = new HttpClient { BaseAddress = service.Address };

        Assert.Equal(200, (int)(await client.PostAsync("/upload", new StringContent("0123456789"))).StatusCode);
        Assert.Equal(413, (int)(await client.PostAsync("/upload", new StringContent("0123456789x"))).StatusCode);
    }

    [Fact]
    public async Task LocalSettings_HostSection_SetsPortAndCors()
    {
        using var ports = new ReservedPorts();
        var port = ports.First;
        await using var app = new TestApp(azurite.ConnectionString);
        File.WriteAllText(app.Folder.File("local.settings.json"), $$"""
            { "Host": { "LocalHttpPort": {{port}}, "CORS": "https://app.example" } }
            """);
        var service = await app.StartAsync(("ASPNETCORE_URLS", null));
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://localhost:{port}/hostname");
        request.Headers.Add("Origin", "https://app.example");

        var answer = await client.SendAsync(request);

        Assert.Equal($"localhost:{port}", await answer.Content.ReadAsStringAsync());
        Assert.Equal("https://app.example", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
    }
}
