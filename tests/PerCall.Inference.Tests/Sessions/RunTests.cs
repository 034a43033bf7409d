using System.Runtime.InteropServices;
using PerCall.Inference.Images;
using PerCall.Inference.Sessions;
using PerCall.Testing;
using PerCall.Testing.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Sessions;

public sealed partial class RunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ImageClassifier _classifier = new(ImageClassifier.DefaultMaxPixels);

    [Fact]
    public async Task Enter_QueueFull_IsRefusedAtOnceAndServedLater()
    {
        using var queue = new RunQueue("a/1", concurrency: 1, queue: 1);
        var running = await queue.EnterAsync(TestContext.Current.CancellationToken);
        var waiting = queue.EnterAsync(TestContext.Current.CancellationToken).AsTask();

        var refusal = await Assert.ThrowsAsync<ModelBusyException>(() => queue.EnterAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("1 calls running and 1 waiting", refusal.Message, StringComparison.Ordinal);
        Assert.True(refusal.RetryAfter > TimeSpan.Zero);

        running.Dispose();
        (await waiting).Dispose();
        (await queue.EnterAsync(TestContext.Current.CancellationToken)).Dispose();
    }

    [Fact]
    public async Task Enter_CallerThatGivesUp_FreesItsPlace()
    {
        using var queue = new RunQueue("a/1", concurrency: 1, queue: 1);
        using var running = await queue.EnterAsync(TestContext.Current.CancellationToken);
        using var impatient = new CancellationTokenSource();
        var waiting = queue.EnterAsync(impatient.Token).AsTask();
        await impatient.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(queue.EnterAsync(TestContext.Current.CancellationToken).AsTask().IsFaulted);
    }

    [Fact]
    public async Task Classify_CancelledInTheMidstOfRuns_EndsThemAndTheModelServesOn()
    {
        using var model = await Models.LoadAsync(ZooPackages.SqueezeNet(), _folder.Path, TestContext.Current.CancellationToken);
        var image = await File.ReadAllBytesAsync(
            Repository.ZooFile("squeezenet-fp16", "kitten_224.png"), TestContext.Current.CancellationToken);
        var ended = 0;
        for (var delay = 1; delay < 12; delay++)
        {
            using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(delay));
            try
            {
                while (true)
                {
                    await _classifier.ClassifyAsync(model, image, 1, cancel.Token);
                }
            }
            catch (OperationCanceledException)
            {
                ended++;
            }
        }

        Assert.Equal(11, ended);
        Assert.StartsWith(
            "tabby", (await _classifier.ClassifyAsync(model, image, 1, TestContext.Current.CancellationToken)).Predictions[0].Label,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_BeforeTheFirstSession_SwitchesTelemetryOffForNativeCode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "getenv is read from libc.");
        using var model = await Models.LoadAsync(
            PackageBuilder.FromFolder(Path.Combine(Repository.Models, "digits", "1")), _folder.Path, TestContext.Current.CancellationToken);

        Assert.Equal("1", Marshal.PtrToStringUTF8(GetEnv("ORT_DISABLE_TELEMETRY")));
    }

    public void Dispose() => _folder.Dispose();

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint GetEnv(string name);
}
