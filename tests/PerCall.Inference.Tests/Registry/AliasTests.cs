using Azure.Storage.Blobs;
using PerCall.Inference.Publishing;
using PerCall.Inference.Registry;
using PerCall.Inference.Tests.Publishing;
using PerCall.Testing;
using PerCall.Testing.Packages;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Inference.Tests.Registry;

public sealed class AliasTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private BlobContainerClient _container = null!;
    private BlobPackageWriter _writer = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _container = await BlobContainers.CreateAsync(azurite, Cancellation);
        _writer = new BlobPackageWriter(_container);
        foreach (var version in new[] { "1", "2" })
        {
            using var zip = new MemoryStream(
                PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1")).With("version", version).Zip());
            await Publishers.For(_container).PublishAsync(zip, Cancellation);
        }
    }

    [Fact]
    public async Task SetAlias_OtherVersion_IsWhatANewReaderSees()
    {
        Assert.Equal("1", (await AliasesAsync())["production"]);

        await _writer.SetAliasAsync("digits", "production", "2", onlyIfUnset: false, Cancellation);
        await _writer.SetAliasAsync("digits", "canary", "1", onlyIfUnset: false, Cancellation);

        Assert.Equal(new Dictionary<string, string> { ["production"] = "2", ["canary"] = "1" }, await AliasesAsync());
    }

    [Fact]
    public async Task SetAlias_VersionThatIsNotThere_IsRefused()
    {
        await Assert.ThrowsAsync<ModelNotFoundException>(
            () => _writer.SetAliasAsync("digits", "production", "3", onlyIfUnset: false, Cancellation));
        await Assert.ThrowsAsync<ModelNotFoundException>(
            () => _writer.SetAliasAsync("nothing", "production", "1", onlyIfUnset: false, Cancellation));
        Assert.Equal("1", (await AliasesAsync())["production"]);
    }

    [Fact]
    public async Task SetAlias_ManyAtOnce_LosesNone()
    {
        var aliases = Enumerable.Range(0, 12).Select(i => $"alias-{i}").ToList();
        await Task.WhenAll(aliases.Select(a => _writer.SetAliasAsync("digits", a, "2", onlyIfUnset: false, Cancellation)));

        Assert.Equal(aliases.Append("production").Order(StringComparer.Ordinal), (await AliasesAsync()).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Delete_VersionThatAnAliasNames_IsRefused()
    {
        var conflict = await Assert.ThrowsAsync<RegistryConflictException>(() => _writer.DeleteAsync("digits", "1", Cancellation));

        Assert.Contains("in use by the alias 'production'", conflict.Message, StringComparison.Ordinal);
        Assert.NotNull(await new BlobPackageStore(_container).FindAsync("digits", "1", Cancellation));
    }

    [Fact]
    public async Task Delete_Version_LeavesNothingOfIt()
    {
        await _writer.DeleteAsync("digits", "2", Cancellation);

        Assert.DoesNotContain(await _container.NamesAsync(Cancellation), n => n.StartsWith("digits/2/", StringComparison.Ordinal));
        await Assert.ThrowsAsync<ModelNotFoundException>(() => _writer.DeleteAsync("digits", "2", Cancellation));
    }

    [Fact]
    public async Task Delete_WhileAnAliasIsMovedThere_OneOfBothWins()
    {
        for (var round = 0; round < 5; round++)
        {
            var move = Record.ExceptionAsync(() => _writer.SetAliasAsync("digits", "production", "2", onlyIfUnset: false, Cancellation));
            var delete = Record.ExceptionAsync(() => _writer.DeleteAsync("digits", "2", Cancellation));
            var (moved, deleted) = (await move is null, await delete is null);

            Assert.NotEqual(moved, deleted);
            Assert.Equal(moved, await new BlobPackageStore(_container).FindAsync("digits", "2", Cancellation) is not null);
            Assert.Equal(moved ? "2" : "1", (await AliasesAsync())["production"]);
            if (deleted)
            {
                using var zip = new MemoryStream(
                    PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1")).With("version", "2").Zip());
                await Publishers.For(_container).PublishAsync(zip, Cancellation);
            }

            await _writer.SetAliasAsync("digits", "production", "1", onlyIfUnset: false, Cancellation);
        }
    }

    [Fact]
    public async Task Delete_KilledBetweenAnyTwoWrites_IsFinishedByAskingAgain()
    {
        for (var writes = 0; ; writes++)
        {
            var faults = new StorageFaults();
            faults.DieAt(writes + 1, isSent: false);
            var dying = new BlobServiceClient(
                azurite.ConnectionString, new BlobClientOptions().Through(faults)).GetBlobContainerClient(_container.Name);
            if (!await faults.KillsAsync(() => new BlobPackageWriter(dying).DeleteAsync("digits", "2", Cancellation)))
            {
                Assert.True(writes >= 4, $"It was done in {writes} writes.");
                break;
            }

            await _writer.DeleteAsync("digits", "2", Cancellation);
            Assert.DoesNotContain(await _container.NamesAsync(Cancellation), n => n.StartsWith("digits/2/", StringComparison.Ordinal));
            using var zip = new MemoryStream(
                PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1")).With("version", "2").Zip());
            await Publishers.For(_container).PublishAsync(zip, Cancellation);
        }
    }

    [Fact]
    public async Task UnsetAlias_ThatIsThere_IsGone()
    {
        await _writer.SetAliasAsync("digits", "canary", "2", onlyIfUnset: false, Cancellation);

        Assert.Equal("2", await _writer.UnsetAliasAsync("digits", "canary", Cancellation));

        Assert.Equal(["production"], (await AliasesAsync()).Keys);
        await Assert.ThrowsAsync<ModelNotFoundException>(() => _writer.UnsetAliasAsync("digits", "canary", Cancellation));
    }

    public async ValueTask DisposeAsync() => await _container.DeleteAsync();

    private Task<IReadOnlyDictionary<string, string>> AliasesAsync() =>
        new BlobPackageStore(_container).AliasesAsync("digits", Cancellation);
}
