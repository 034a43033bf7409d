using System.Text.Json;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>
/// The published folder runs in three places: under a Functions host, in the container, and as a plain program. These tests look at what
/// the Functions host reads. All other tests start the program.
/// </summary>
public sealed class PublishedTests(Service service)
{
    private const long MaxMegabytes = 120;
    private const long MaxModelMegabytes = 16;

    private static readonly string Folder = Path.GetDirectoryName(Repository.Published)!;

    [Fact]
    public void Folder_ForAFunctionsHost_HasItsFilesAndExtensions()
    {
        Assert.All(
            (string[])["host.json", "functions.metadata", "worker.config.json", "extensions.json", ".azurefunctions/function.deps.json"],
            f => Assert.True(File.Exists(Path.Combine(Folder, f)), f));
        using var worker = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "worker.config.json")));
        Assert.Equal("PerCall.Functions.dll", worker.RootElement.GetProperty("description").GetProperty("defaultWorkerPath").GetString());
        using var extensions = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "extensions.json")));
        var loaded = extensions.RootElement.GetProperty("extensions").EnumerateArray().ToList();
        Assert.Superset(
            new HashSet<string?> { "AzureStorageBlobs", "AzureStorageQueues" },
            loaded.Select(e => e.GetProperty("name").GetString()).ToHashSet());
        Assert.All(loaded, e => Assert.True(File.Exists(Path.Combine(Folder, e.GetProperty("hintPath").GetString()!)), e.ToString()));
    }

    [Fact]
    public void Folder_Size_IsWithinItsBound()
    {
        var models = BytesOf(Path.Combine(Folder, "models"));

        Assert.InRange(BytesOf(Folder) - models, 1, MaxMegabytes * 1024 * 1024);
        Assert.InRange(models, 1, MaxModelMegabytes * 1024 * 1024);

        static long BytesOf(string folder) =>
            Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
    }

    [Fact]
    public void Folder_Files_AreOfOneSystem()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Which files belong to other systems is known for Linux.");
        var files = Directory.EnumerateFiles(
            Folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f)).ToList();

        Assert.DoesNotContain(files, f => f.Split('/').Contains("runtimes"));
        Assert.DoesNotContain(files, f => Path.GetExtension(f) is ".exe" or ".dylib" or ".lib");
    }

    /// <summary>
    /// A Functions host reads the functions from functions.metadata. The local host finds them in the assembly, and logs them.
    /// </summary>
    [Fact]
    public void FunctionsMetadata_EachFunction_IsAsTheLocalHostFoundIt()
    {
        using var metadata = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "functions.metadata")));
        var generated = metadata.RootElement.EnumerateArray().Select(Describe).Order(StringComparer.Ordinal).ToList();

        var found = service.Process.Lines.Select(FunctionOf).OfType<string>().Order(StringComparer.Ordinal).ToList();

        Assert.True(generated.Count > 50, $"functions.metadata has {generated.Count} functions.");
        Assert.Equal(generated, found);
    }

    [Fact]
    public async Task Start_WithTheArgumentsOfAFunctionsHost_IsThatOfItsWorker()
    {
        using var folder = new TemporaryFolder();
        using var ports = new ReservedPorts();
        // Nothing listens there, so the worker ends with the fault of its connection.
        await using var process = ServiceProcess.Start(
            Repository.Published,
            folder.Path,
            new Dictionary<string, string?> { ["AzureWebJobsStorage"] = service.Azurite.ConnectionString, ["PERCALL_ADMIN_KEY"] = Service.OperatorKey },
            "--functions-uri", $"http://127.0.0.1:{ports.First}", "--functions-worker-id", "worker", "--functions-request-id", "request",
            "--functions-grpc-max-message-length", "2147483647");

        Assert.NotEqual(0, await process.WaitForExitAsync());
        Assert.Contains(process.Lines, l => l.Contains("Grpc.Core.RpcException", StringComparison.Ordinal));
        Assert.DoesNotContain(process.Lines, l => FunctionOf(l) is not null);
    }

    // The same form as the local host's log: name, trigger, and what the trigger names.
    private static string Describe(JsonElement function)
    {
        var trigger = function.GetProperty("bindings").EnumerateArray().Single(
            b => b.GetProperty("type").GetString()!.EndsWith("Trigger", StringComparison.Ordinal));
        var type = trigger.GetProperty("type").GetString();
        var parts = type switch
        {
            "httpTrigger" => [Methods(trigger), $"/{Text(trigger, "route") ?? function.GetProperty("name").GetString()}"],
            "queueTrigger" => [Text(trigger, "queueName"), Connection(trigger)],
            "blobTrigger" => [Text(trigger, "path"), Connection(trigger)],
            "timerTrigger" => (string?[])[Text(trigger, "schedule")],
            _ => throw new InvalidDataException($"The trigger {type} is not known."),
        };
        return $"{function.GetProperty("name").GetString()}: {type} {string.Join(' ', parts)}";
    }

    private static string Methods(JsonElement trigger) =>
        trigger.TryGetProperty("methods", out var methods) && methods.ValueKind == JsonValueKind.Array && methods.GetArrayLength() > 0
            ? string.Join(',', methods.EnumerateArray().Select(m => m.GetString()!.ToUpperInvariant()))
            : "any method";

    private static string Connection(JsonElement trigger) => Text(trigger, "connection") ?? "AzureWebJobsStorage";

    private static string? Text(JsonElement trigger, string property) =>
        trigger.TryGetProperty(property, out var value) ? value.GetString() : null;

    private static string? FunctionOf(string line)
    {
        const string Category = "PerCall.Hosting.Lifetime.StartSequence[";
        var at = line.IndexOf(Category, StringComparison.Ordinal);
        var text = at < 0 ? -1 : line.IndexOf("] ", at, StringComparison.Ordinal);
        return text < 0 ? null : line[(text + 2)..];
    }
}
