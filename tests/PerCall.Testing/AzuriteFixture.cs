using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using PerCall.Hosting.Development;
using PerCall.Testing.Storage;
using Xunit;

namespace PerCall.Testing;

/// <summary>
/// An Azurite of the tests' own: on free ports, with its data in a temporary folder, from the repository's <c>tools/azurite</c>.
/// </summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private static readonly string WriteThrough = Path.Combine(Repository.Root, "tests", "PerCall.Testing", "write-through.cjs");

    private static readonly string Gate = Path.Combine(Repository.Root, "tests", "PerCall.Testing", "Storage", "gate.cjs");
    private static readonly string AppendOnly = Path.Combine(Repository.Root, "tests", "PerCall.Testing", "Storage", "append-only.cjs");
    private static readonly ConcurrentDictionary<AzuriteFixture, byte> All = [];

    private readonly AzuriteInstallation _installation = AzuriteInstallation.Find([Repository.Root], NullLogger.Instance)
        ?? throw new DirectoryNotFoundException($"There is no tools/azurite in {Repository.Root}.");

    // Kept: while it is down after a kill, nobody else gets its ports.
    private readonly ReservedPorts _reserved = new();
    private readonly AzuritePorts _ports;
    private readonly TemporaryFolder _data = new();
    private AzuriteProcess? _process;

    // A service that a killed test run has left behind still polls the ports that it was given; on them may be the storage of another test
    // by now. It is a stranger there: one took part in a batch once, and its shard was waited for in vain.
    public AzuriteFixture()
    {
        var account = $"tests{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        _ports = AzuritePorts.From(_reserved.First) with
        {
            Account = account,
            SecondAccount = $"{account}kept",
            Key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64)),
        };
    }

    /// <summary>Those that run in this process now.</summary>
    public static IEnumerable<AzuriteFixture> Running => All.Keys;

    /// <summary>Have it answer a write only when that is on disk, so that killing it loses nothing that it has acknowledged.</summary>
    public bool WritesThrough { get; init; }

    /// <summary>Scripts that are loaded before it.</summary>
    public IReadOnlyList<string> Preloaded { get; init; } = [];

    /// <summary>Its first account, which no other has.</summary>
    public string Account => _ports.Account;

    /// <summary>For clients and for AzureWebJobsStorage.</summary>
    public string ConnectionString => _ports.ConnectionString;

    /// <summary>
    /// Its second account, for a service with two: for PerCallKeptStorage. Charges and the record of management can only be added to, as by
    /// the policies in Azure.
    /// </summary>
    public string KeptConnectionString => (_ports with { Account = _ports.SecondAccount! }).ConnectionString;

    /// <summary>Seconds of processor time so far, since it was last started.</summary>
    public double ProcessorSeconds => _process?.ProcessorSeconds ?? 0;

    public async ValueTask InitializeAsync()
    {
        await _installation.EnsureAsync(TimeProvider.System, CancellationToken.None);
        await StartAsync();
    }

    /// <summary>Starts it again after <see cref="KillAsync"/>, on the same ports and data.</summary>
    public async Task StartAsync()
    {
        IEnumerable<string> scripts = [AppendOnly, Gate, .. WritesThrough ? [WriteThrough] : Array.Empty<string>(), .. Preloaded];
        _process = await AzuriteProcess.StartAsync(_installation, _ports, _data.Path, TimeProvider.System, CancellationToken.None, scripts);
        All[this] = 0;
    }

    /// <summary>
    /// Holds every request with this method whose decoded path and query match, after the first few, until the gate is opened.
    /// </summary>
    /// <param name="method">An HTTP method.</param>
    /// <param name="pattern">A regular expression in JavaScript's syntax.</param>
    /// <param name="pass">How many matching requests go through first.</param>
    public Task<StorageGate> HoldAsync(string method, string pattern, int pass = 0) =>
        StorageGate.CloseAsync(_ports.Blob, method, pattern, pass);

    /// <summary>Ends it as a power cut would.</summary>
    public async Task KillAsync()
    {
        All.TryRemove(this, out _);
        if (_process is { } process)
        {
            _process = null;
            await process.KillAsync();
            await process.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _data.Dispose();
        _reserved.Dispose();
    }
}
