using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Images;
using PerCall.Functions.Pricing;
using PerCall.Functions.Recommend;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Tenancy.Callers;
using PerCall.Functions.Tenancy.Erasure;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Functions.Text;
using PerCall.Testing.Storage;

namespace PerCall.Functions.Tests.Tenancy;

/// <summary>What one process has of tenants and keys. Several over one storage account are several instances.</summary>
internal sealed class Instance
{
    public static readonly Actor Operator = new("operator", "r-1");

    /// <summary>An operation of no task, in several units.</summary>
    private static readonly Operation Tokens = new("openai", ["token_in", "token_out"]);

    private readonly Lazy<ServiceProvider> _services;
    private readonly Lazy<TenantErasure> _erasure;

    /// <param name="connection">Storage.</param>
    /// <param name="time">The clock.</param>
    /// <param name="audit">The container of the record of management.</param>
    /// <param name="kept">The second storage account; null: there is one.</param>
    /// <param name="configure">Changes the service.</param>
    public Instance(
        string connection, TimeProvider time, string audit, string? kept = null, Action<IHostApplicationBuilder>? configure = null)
    {
        var soon = TimeSpan.FromMilliseconds(1);
        Tables = new(connection, new TableClientOptions { Retry = { Delay = soon, MaxRetries = 1 } }.Through(Faults));
        Blobs = new(connection, new BlobClientOptions { Retry = { Delay = soon, MaxRetries = 1 } }.Through(Faults));
        Audit = new(Blobs.GetBlobContainerClient(audit), time, NullLogger<AuditLog>.Instance);
        var invalidations = new Invalidations(time);
        KeyTable = new(Tables);
        var (tenantTable, planTable) = (new TenantTable(Tables), new PlanTable(Tables));
        Callers = new(KeyTable, tenantTable, planTable, invalidations, time, NullLogger<CallerDirectory>.Instance);
        Plans = new(
            planTable, tenantTable, Audit, invalidations, new([ImageOperations.All, TextOperations.All, RecommendOperations.All], [Tokens]),
            time);
        Tenants = new(tenantTable, planTable, Audit, invalidations, time);
        Keys = new(KeyTable, tenantTable, Audit, invalidations, time);
        // Built when a test asks for it: most tests of tenancy do not erase.
        _services = new(() => ServicesOf(connection, time, invalidations, kept, configure));
        _erasure = new(() => new(
            Tenants,
            tenantTable,
            KeyTable,
            Services.GetRequiredService<KeyErasure>(),
            Audit,
            invalidations,
            Services.GetServices<ITenantData>(),
            time));
    }

    /// <summary>The whole service, over this instance's way to storage.</summary>
    public IServiceProvider Services => _services.Value;

    public StorageFaults Faults { get; } = new();

    public TableServiceClient Tables { get; }

    public BlobServiceClient Blobs { get; }

    public AuditLog Audit { get; }

    public KeyTable KeyTable { get; }

    public CallerDirectory Callers { get; }

    public PlanBook Plans { get; }

    public TenantBook Tenants { get; }

    public KeyBook Keys { get; }

    public TenantErasure Erasure => _erasure.Value;

    public static PutPlanRequest Plan(long image = 1500, DateTimeOffset? at = null) =>
        new() { Currency = "EUR", EffectiveAt = at, Prices = [new("*", "*", "image", image)] };

    private ServiceProvider ServicesOf(
        string connection, TimeProvider time, Invalidations invalidations, string? kept, Action<IHostApplicationBuilder>? configure)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration["AzureWebJobsStorage"] = connection;
        builder.AddPerCall();
        configure?.Invoke(builder);
        builder.Services.AddSingleton(Tables).AddSingleton(time).AddSingleton(invalidations)
            .AddSingleton(s => new BlobContainers(Blobs, kept is null ? Blobs : new(kept), s.GetServices<RequiredContainer>()));
        return builder.Services.BuildServiceProvider();
    }

    /// <summary>A tenant of a random id, on a plan of the same id.</summary>
    public async Task<TenantRow> AddTenantAsync()
    {
        var id = $"t-{Guid.NewGuid():n}";
        await Plans.PutAsync(id, Plan(), Operator, CancellationToken.None);
        await Tenants.CreateAsync(new(id, "A company", id), Operator, CancellationToken.None);
        return await Tenants.GetAsync(id, CancellationToken.None);
    }

    public Task<NewApiKey> AddKeyAsync(TenantRow tenant, params string[] roles) =>
        Keys.CreateAsync(tenant, new("server", roles.Length == 0 ? ["call"] : roles), Operator, CancellationToken.None);
}
