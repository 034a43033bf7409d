using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using PerCall.Testing;

namespace PerCall.Hosting.Tests;

/// <summary>One application of the test app: its queues, containers and host id, and as many processes of it as a test starts.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly List<ServiceProcess> _processes = [];
    private readonly Dictionary<string, string?> _environment;

    public TestApp(string connectionString)
    {
        ConnectionString = connectionString;
        _environment = new()
        {
            ["Prefix"] = Prefix,
            ["AzureFunctionsWebHost__hostid"] = Prefix,
            ["AzureWebJobsStorage"] = connectionString,
            ["OtherStorage"] = connectionString,
            ["TickSchedule"] = "0 0 0 1 1 *",
            ["PerCall__Hosting__BlobScanInterval"] = "00:00:00.1",
            ["PerCall__Hosting__ListenerDelay"] = "00:00:00",
            ["PerCall__Hosting__SingletonRetry"] = "00:00:00.2",
            ["PerCall__Hosting__FaultPause"] = "00:00:00.2",
            // Not what is measured: a slow machine must not cut short what is to end by itself.
            ["PerCall__Hosting__StartTimeout"] = "00:02:00",
            ["PerCall__Hosting__GracePeriod"] = "00:01:00",
            ["PerCall__Hosting__ReceivePeriod"] = "00:00:30",
            ["PerCall__Hosting__GiveBackPeriod"] = "00:01:00",
        };
    }

    public string ConnectionString { get; }

    public string Prefix { get; } = "t" + Guid.NewGuid().ToString("N")[..12];

    public TemporaryFolder Folder { get; } = new();

    public string? this[string setting]
    {
        set => _environment[setting] = value;
    }

    public async Task<ServiceProcess> StartAsync(params (string Setting, string? Value)[] settings) =>
        await Launch(settings).WaitUntilReadyAsync();

    /// <summary>Starts a process without waiting for it.</summary>
    public ServiceProcess Launch(params (string Setting, string? Value)[] settings)
    {
        var environment = new Dictionary<string, string?>(_environment);
        foreach (var (setting, value) in settings)
        {
            environment[setting] = value;
        }

        var process = ServiceProcess.Start(Repository.Assembly("PerCall.Hosting.TestApp"), Folder.Path, environment);
        _processes.Add(process);
        return process;
    }

    /// <summary>Has work be cancelled soon after the shutdown has begun; what does not heed that is left behind soon, or awaited.</summary>
    public void CutShort(bool leaveBehind)
    {
        this["PerCall__Hosting__GracePeriod"] = "00:00:00.2";
        this["PerCall__Hosting__CancellationPeriod"] = leaveBehind ? "00:00:00.2" : "00:01:00";
    }

    public void OpenGate(string name) => File.WriteAllText(Folder.File(name), "");

    /// <summary>A queue of the application, in its encoding.</summary>
    public QueueClient Queue(string name) =>
        new(ConnectionString, $"{Prefix}-{name}", new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    public BlobContainerClient Container(string name) => new(ConnectionString, $"{Prefix}-{name}");

    public BlobContainerClient HostContainer() => new(ConnectionString, "azure-webjobs-hosts");

    public async Task SendAsync(string queue, string text)
    {
        var client = Queue(queue);
        await client.CreateIfNotExistsAsync();
        await client.SendMessageAsync(text);
    }

    public Task SendWorkAsync(string task, string behaviour) =>
        SendAsync("work", $$"""{"task":"{{task}}","behaviour":"{{behaviour}}","tenant":"acme"}""");

    public async Task UploadAsync(string container, string blob, string content)
    {
        var client = Container(container);
        await client.CreateIfNotExistsAsync();
        await client.GetBlobClient(blob).UploadAsync(BinaryData.FromString(content), overwrite: true);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        Folder.Dispose();
    }
}
