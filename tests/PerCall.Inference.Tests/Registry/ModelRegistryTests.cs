using Microsoft.Extensions.Time.Testing;
using PerCall.Inference.Images;
using PerCall.Inference.Registry;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Registry;

public sealed class ModelRegistryTests : IDisposable
{
    private static readonly string Digits = Path.Combine(Repository.Models, "digits", "1");
    private static readonly long DigitsBytes = new FileInfo(Path.Combine(Digits, "model.onnx")).Length;

    private readonly TemporaryFolder _models = new();
    private readonly TemporaryFolder _cache = new();
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acquire_ManyAtOnce_LoadsOnce()
    {
        var gate = new TaskCompletionSource();
        var store = new CountingStore(Store("a")) { Gate = gate.Task };
        using var registry = Models.Registry(store, _cache.Path);

        var waiting = Enumerable.Range(0, 32).Select(_ => registry.AcquireAsync("a", Cancellation).AsTask()).ToList();
        gate.SetResult();
        var leases = await Task.WhenAll(waiting);

        Assert.Single(leases.Select(l => l.Model).Distinct());
        Assert.Single(store.Opened, "a/1/model.onnx");
        Assert.DoesNotContain(
            store.Opened, f => f.Contains("samples/", StringComparison.Ordinal) || f.EndsWith("card.md", StringComparison.Ordinal));
        Array.ForEach(leases, l => l.Dispose());
    }

    [Fact]
    public async Task Acquire_CallerThatGivesUp_DoesNotEndTheLoadingOfOthers()
    {
        var gate = new TaskCompletionSource();
        using var registry = Models.Registry(new CountingStore(Store("a")) { Gate = gate.Task }, _cache.Path);
        using var impatient = new CancellationTokenSource();

        var first = registry.AcquireAsync("a", impatient.Token).AsTask();
        var second = registry.AcquireAsync("a", Cancellation).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();

        using var lease = await second;
        Assert.Equal("a", lease.Model.Manifest.Name);
    }

    [Fact]
    public async Task Acquire_PastTheBudget_EvictsTheLeastRecentlyUsed()
    {
        using var registry = Models.Registry(Store("a", "b", "c"), _cache.Path, o => o.MemoryBudgetBytes = (DigitsBytes * 2) + 1, _time);

        await TouchAsync(registry, "a");
        await TouchAsync(registry, "b");
        await TouchAsync(registry, "a");
        await TouchAsync(registry, "c");

        Assert.Equal(["a/1", "c/1"], registry.Loaded().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Acquire_WhileAllModelsRun_IsRefusedAndTheirSessionsStay()
    {
        using var registry = Models.Registry(Store("a", "b"), _cache.Path, o => o.MemoryBudgetBytes = DigitsBytes + 1, _time);
        var held = await registry.AcquireAsync("a", Cancellation);

        var refusal = await Assert.ThrowsAsync<ModelBusyException>(() => registry.AcquireAsync("b", Cancellation).AsTask());
        Assert.Contains("Not enough memory for b/1", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("3", (await ClassifyAsync(held.Model)).Predictions[0].Label);

        held.Dispose();
        await TouchAsync(registry, "b");
        Assert.Equal(["b/1"], registry.Loaded().Keys);
    }

    [Fact]
    public async Task Reserve_ForAModelThatIsVerified_UnloadsIdleModelsAndKeepsOthersOut()
    {
        using var registry = Models.Registry(Store("a", "b"), _cache.Path, o => o.MemoryBudgetBytes = DigitsBytes + 1, _time);
        var lease = await registry.AcquireAsync("a", Cancellation);
        var manifest = lease.Model.Manifest;
        await Assert.ThrowsAsync<ModelBusyException>(() => registry.ReserveAsync(manifest, DigitsBytes, Cancellation));
        lease.Dispose();

        using (await registry.ReserveAsync(manifest, DigitsBytes, Cancellation))
        {
            Assert.Empty(registry.Loaded());
            await Assert.ThrowsAsync<ModelBusyException>(async () => await registry.AcquireAsync("b", Cancellation));
        }

        using var after = await registry.AcquireAsync("b", Cancellation);
        Assert.Equal("b", after.Model.Manifest.Name);
    }

    [Fact]
    public async Task Acquire_ModelLargerThanTheBudget_IsRefused()
    {
        using var registry = Models.Registry(Store("a"), _cache.Path, o => o.MemoryBudgetBytes = DigitsBytes - 1);

        var refusal = await Assert.ThrowsAsync<ModelBusyException>(() => registry.AcquireAsync("a", Cancellation).AsTask());
        Assert.Contains("needs", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing", "Model 'nothing' not found")]
    [InlineData("a/7", "has no version '7'")]
    [InlineData("a/canary", "has no alias 'canary'; available: production")]
    [InlineData("../a", "is not a model reference")]
    [InlineData("a/../../b", "is not a model reference")]
    [InlineData("", "is not a model reference")]
    public async Task Acquire_UnknownReference_NamesTheAlternatives(string reference, string message)
    {
        using var registry = Models.Registry(Store("a"), _cache.Path);

        var missing = await Assert.ThrowsAsync<ModelNotFoundException>(() => registry.AcquireAsync(reference, Cancellation).AsTask());
        Assert.Contains(message, missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Acquire_CorruptFile_IsNotLoadedAndTriedAgainNextTime()
    {
        var store = Store("a");
        var file = Path.Combine(_models.Path, "a", "1", "model.onnx");
        var good = await File.ReadAllBytesAsync(file, Cancellation);
        await File.WriteAllBytesAsync(file, [.. good[..^1], (byte)(good[^1] ^ 1)], Cancellation);
        using var registry = Models.Registry(store, _cache.Path);

        var fault = await Assert.ThrowsAsync<ModelCorruptException>(() => registry.AcquireAsync("a", Cancellation).AsTask());
        Assert.Contains("model.onnx of a/1 has the SHA-256", fault.Message, StringComparison.Ordinal);

        await File.WriteAllBytesAsync(file, good, Cancellation);
        await TouchAsync(registry, "a");
    }

    [Fact]
    public async Task Acquire_DamagedCache_IsFetchedAgain()
    {
        using (var first = Models.Registry(Store("a"), _cache.Path))
        {
            await TouchAsync(first, "a");
        }

        var cached = Directory.EnumerateFiles(_cache.Path, "model.onnx", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(cached, "overwritten", Cancellation);
        var store = new CountingStore(Store("a"));
        using var second = Models.Registry(store, _cache.Path);
        await TouchAsync(second, "a");

        Assert.Equal(["a/1/model.onnx"], store.Opened);
    }

    [Fact]
    public async Task Acquire_AliasMoved_IsFollowedWithoutACallWaiting()
    {
        var store = new CountingStore(Store("a"));
        PackageBuilder.FromFolder(Digits).With("name", "a").With("version", "2").WriteTo(_models.Path);
        var aliases = Path.Combine(_models.Path, "a", "aliases.json");
        await File.WriteAllTextAsync(aliases, """{"aliases": {"production": "1"}}""", Cancellation);
        using var registry = Models.Registry(store, _cache.Path, time: _time);
        Assert.Equal("1", await VersionAsync(registry));

        await File.WriteAllTextAsync(aliases, """{"aliases": {"production": "2"}}""", Cancellation);
        Assert.Equal("1", await VersionAsync(registry));
        Assert.Equal(1, store.AliasReads);

        // Past the age, calls are still answered by what is known while it is read anew beside them.
        _time.Advance(TimeSpan.FromSeconds(6));
        await VersionAsync(registry);
        await Eventually.HoldsAsync(async () => await VersionAsync(registry) == "2", "the alias is followed");
    }

    [Fact]
    public async Task Watch_FileChangedUnderALoadedModel_IsNoticedAndTheLoadedOneServes()
    {
        using var registry = Models.Registry(Store("a"), _cache.Path, time: _time);
        await TouchAsync(registry, "a");
        await File.AppendAllTextAsync(Path.Combine(_models.Path, "a", "1", "model.onnx"), "surplus", Cancellation);

        _time.Advance(TimeSpan.FromMinutes(1));
        await TouchAsync(registry, "a");
        await Eventually.HoldsAsync(() => Task.FromResult(registry.Loaded()["a/1"] is not null), "the change is noticed");

        using var lease = await registry.AcquireAsync("a", Cancellation);
        Assert.Equal("3", (await ClassifyAsync(lease.Model)).Predictions[0].Label);
        Assert.Contains("model.onnx changed in storage", registry.Loaded()["a/1"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_VersionRemoved_IsLetGo()
    {
        using var registry = Models.Registry(Store("a"), _cache.Path, time: _time);
        await TouchAsync(registry, "a/1");
        Directory.Delete(Path.Combine(_models.Path, "a"), recursive: true);

        _time.Advance(TimeSpan.FromMinutes(1));
        await TouchAsync(registry, "a/1");
        await Eventually.HoldsAsync(() => Task.FromResult(registry.Loaded().Count == 0), "the model is let go");

        await Assert.ThrowsAsync<ModelNotFoundException>(() => registry.AcquireAsync("a/1", Cancellation).AsTask());
    }

    public void Dispose()
    {
        _models.Dispose();
        _cache.Dispose();
    }

    private static async Task<ImageClassification> ClassifyAsync(LoadedModel model) =>
        await new ImageClassifier(ImageClassifier.DefaultMaxPixels).ClassifyAsync(
            model, await File.ReadAllBytesAsync(Path.Combine(Digits, "samples", "digit-3.png"), Cancellation), 1, Cancellation);

    private static async Task<string> VersionAsync(ModelRegistry registry)
    {
        using var lease = await registry.AcquireAsync("a", Cancellation);
        return lease.Model.Manifest.Version;
    }

    private async Task TouchAsync(ModelRegistry registry, string reference)
    {
        _time.Advance(TimeSpan.FromMilliseconds(1));
        (await registry.AcquireAsync(reference, Cancellation)).Dispose();
    }

    /// <summary>The digits model under other names.</summary>
    private FolderPackageStore Store(params string[] names)
    {
        foreach (var name in names)
        {
            PackageBuilder.FromFolder(Digits).With("name", name).WriteTo(_models.Path);
        }

        return new FolderPackageStore(_models.Path);
    }
}
