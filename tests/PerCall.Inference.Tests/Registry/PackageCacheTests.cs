using Microsoft.Extensions.Time.Testing;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Registry;

public sealed class PackageCacheTests : IDisposable
{
    private const int Bytes = 10_000;
    private const int Full = 28;

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Folder => _folder.File("cache");

    private FolderPackageStore Store => new(_folder.File("store"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Fetch_IntoAFolderThatOthersMayRead_MakesItPrivate()
    {
        Directory.CreateDirectory(Folder);

        using var package = await FetchAsync(new PackageCache(Folder, long.MaxValue, _time), "one");

        Assert.True(OperatingSystem.IsWindows()
            || File.GetUnixFileMode(Folder) == (UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Fact]
    public async Task Fetch_BeyondTheBound_RemovesWhatWasUsedLeastRecentlyAndNothingInUse()
    {
        var cache = new PackageCache(Folder, 3 * Bytes, _time);
        using var used = await FetchAsync(cache, "one");
        var second = await FetchAsync(cache, "two");
        second.Dispose();
        var third = await FetchAsync(cache, "three");
        third.Dispose();
        (await FetchAsync(cache, "two")).Dispose();

        using var fourth = await FetchAsync(cache, "four");

        Assert.Equal([true, true, false, true], new[] { used.Folder, second.Folder, third.Folder, fourth.Folder }.Select(Directory.Exists));
        // What was removed is fetched again, in place of the next.
        using var again = await FetchAsync(cache, "three");
        Assert.Equal([true, false, true, true], new[] { used.Folder, second.Folder, again.Folder, fourth.Folder }.Select(Directory.Exists));
    }

    [Fact]
    public async Task Fetch_WithoutRoomBesideWhatIsInUse_IsPutOff()
    {
        var cache = new PackageCache(Folder, 3 * Bytes / 2, _time);
        using var used = await FetchAsync(cache, "one");

        var refusal = await Assert.ThrowsAsync<ModelBusyException>(() => FetchAsync(cache, "two"));

        Assert.Equal("disk_full", refusal.Code);
        used.Dispose();
        using var next = await FetchAsync(cache, "two");
        Assert.True(Directory.Exists(next.Folder));
    }

    [Fact]
    public async Task Fetch_OfMoreThanTheBound_IsRefusedWithTheSettingBeforeAllIsFetched()
    {
        var cache = new PackageCache(Folder, Bytes - 1, _time, setting: "PerCall:Models:CacheBytes");

        var refusal = await Assert.ThrowsAsync<ModelBusyException>(() => FetchAsync(cache, "one"));

        Assert.Equal("disk_full", refusal.Code);
        Assert.Contains($"{Bytes - 1:N0} bytes (PerCall:Models:CacheBytes)", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Folder, "*.onnx*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Fetch_OntoAFullDisk_MakesRoomOnceAndThenIsPutOff()
    {
        (await FetchAsync(new PackageCache(Folder, long.MaxValue, _time), "old")).Dispose();
        var full = 1;
        var cache = new PackageCache(
            Folder, long.MaxValue, _time, path => full-- > 0 ? throw new IOException("No space left on device", Full) : File.Create(path));

        using var package = await FetchAsync(cache, "one");
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(Folder, "old", "1")));

        full = int.MaxValue;
        var refusal = await Assert.ThrowsAsync<ModelBusyException>(() => FetchAsync(cache, "two"));
        Assert.Equal(("disk_full", true), (refusal.Code, refusal.RetryAfter > TimeSpan.Zero));
    }

    private async Task<CachedPackage> FetchAsync(PackageCache cache, string name)
    {
        _time.Advance(TimeSpan.FromMinutes(1));
        var package = PackageBuilder.FromFolder(Path.Combine(Repository.Models, "spam", "1")).With("name", name);
        foreach (var file in package.Files.Keys.ToList())
        {
            package.Remove(file);
        }

        package.With("card", null).With("golden", "golden.jsonl").Add("golden.jsonl", name).Add("model.onnx", new byte[Bytes]);
        package.WriteTo(_folder.File("store"));
        return await cache.FetchAsync(Store, (await Store.FindAsync(name, "1", Cancellation))!, Cancellation);
    }
}
