using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Lifetime;

public sealed class StorageOutageTests
{
    [Fact]
    public async Task Listeners_StorageGoesAndComesBack_GoOn()
    {
        // Its own, because it is killed.
        await using var azurite = new AzuriteFixture();
        await azurite.InitializeAsync();
        await using var app = new TestApp(azurite.ConnectionString);
        var service = await app.StartAsync();
        await app.SendAsync("text", "before");
        await service.WaitForLineAsync("@text before");

        await azurite.KillAsync();
        await service.WaitForLineAsync(l => l.Contains("Failed to poll queue", StringComparison.Ordinal));
        await azurite.StartAsync();

        await app.SendAsync("text", "after");
        await app.UploadAsync("letters", "after.txt", "x");
        await service.WaitForLineAsync("@text after");
        await service.WaitForLineAsync("@letter after");
    }
}
