using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;
using PerCall.Hosting.Lifetime;
using PerCall.Hosting.Locks;
using PerCall.Hosting.Queues;
using PerCall.Hosting.Timers;

namespace PerCall.Hosting.Tests;

/// <summary>The parts of one instance of the host, on real storage but in the test's own process.</summary>
internal sealed class HostParts : IHostApplicationLifetime, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <param name="connectionString">Storage of the host.</param>
    /// <param name="time">The clock of all parts.</param>
    /// <param name="id">The application's id; instances with the same id share their state. Null: an application of its own.</param>
    /// <param name="hostJson">Values of host.json.</param>
    /// <param name="services">What functions can be constructed from.</param>
    public HostParts(
        string connectionString,
        TimeProvider time,
        string? id = null,
        IReadOnlyDictionary<string, string?>? hostJson = null,
        Action<IServiceCollection>? services = null)
    {
        Id = id ?? "t" + Guid.NewGuid().ToString("N")[..12];
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                (hostJson ?? new Dictionary<string, string?>())
                    .Select(s => KeyValuePair.Create($"{HostJson.SectionName}:{s.Key}", s.Value)))
            .AddInMemoryCollection([new(StorageConnections.HostConnection, connectionString)])
            .Build();
        var registered = new ServiceCollection();
        services?.Invoke(registered);
        Json = HostJson.Read(configuration, development: false, []);
        Grace = new GracePeriod(this, Options, time);
        Storage = new HostStorage(new StorageConnections(configuration, Options), new HostIdentity(Id), Options);
        Locks = new SingletonLocks(Storage, Options, time, NullLogger<SingletonLocks>.Instance);
        Statuses = new ScheduleStatusStore(Storage);
        Processor = new MessageProcessor(Json, Options, new Refunds(Storage), Grace, time, NullLogger<MessageProcessor>.Instance);
        var invoker = new FunctionInvoker(
            new MiddlewareList([]), Json, Options, Grace, TimeProvider.System, NullLogger<FunctionInvoker>.Instance);
        Invoker = new ScopedInvoker(
            invoker,
            registered.BuildServiceProvider().GetRequiredService<IServiceScopeFactory>(),
            TimeProvider.System,
            NullLogger<ScopedInvoker>.Instance);
    }

    public string Id { get; }

    public HostingOptions Options { get; } = new();

    public HostJson Json { get; }

    public GracePeriod Grace { get; }

    public HostStorage Storage { get; }

    public SingletonLocks Locks { get; }

    public ScheduleStatusStore Statuses { get; }

    public MessageProcessor Processor { get; }

    public ScopedInvoker Invoker { get; }

    public CancellationToken ApplicationStarted => CancellationToken.None;

    public CancellationToken ApplicationStopping => _stopping.Token;

    public CancellationToken ApplicationStopped => CancellationToken.None;

    public void StopApplication() => _stopping.Cancel();

    public void Dispose()
    {
        Grace.Dispose();
        _stopping.Dispose();
    }
}
