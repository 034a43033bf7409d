using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Storage.Erasure;

/// <summary>Registers what happens to a slice's tables and containers when a tenant is erased.</summary>
public static class TenantDataServices
{
    /// <summary>
    /// How long a copy may stay after its age: it is removed by a daily job, and its last version by a daily rule of the account, which may
    /// take a further day.
    /// </summary>
    private static readonly TimeSpan LateRemoval = TimeSpan.FromDays(3);

    /// <summary>Returns a table's name in the stores of <see cref="ITenantData"/>.</summary>
    public static string Table(string name) => $"table {name}";

    /// <summary>Returns a container's name in the stores of <see cref="ITenantData"/>.</summary>
    public static string Container(string name) => $"container {name}";

    /// <summary>Removes the blobs under <c>&lt;account&gt;/</c> at an erasure. Register rows that name these blobs after them.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="container">The container.</param>
    /// <param name="count">The member of the result that counts the blobs; null when they are not counted.</param>
    public static void EraseBlobs(this IHostApplicationBuilder builder, string container, string? count = null) =>
        builder.Services.AddSingleton<ITenantData>(s =>
        {
            var containers = s.GetRequiredService<BlobContainers>();
            var retained = containers.IsKept(container) || containers.AreInOneAccount;
            return new TenantBlobs(containers[container], count, retained ? UndoTime(s) : TimeSpan.Zero);
        });

    /// <summary>Removes an account's partition at an erasure, and then its rows in other partitions.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="table">The table.</param>
    /// <param name="count">The member of the result that counts the rows.</param>
    /// <param name="marks">Filters for an account's rows in other partitions.</param>
    public static void EraseRows(this IHostApplicationBuilder builder, string table, string count, params Func<string, string>[] marks) =>
        builder.Services.AddSingleton<ITenantData>(
            s => new TenantRows(s.GetRequiredService<TableServiceClient>().GetTableClient(table), count, marks));

    /// <summary>Keeps a table at an erasure.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="table">The table.</param>
    /// <param name="kept">What data of a tenant it contains, and why it is kept; null when it contains no tenant's data.</param>
    public static void KeepTable(this IHostApplicationBuilder builder, string table, string? kept) =>
        builder.Services.AddSingleton<ITenantData>(new KeptData(Table(table), kept, TimeSpan.Zero));

    /// <summary>Keeps a container at an erasure.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="container">The container.</param>
    /// <param name="kept">What data of a tenant it contains, and why it is kept; null when it contains no tenant's data.</param>
    /// <param name="copiesKept">
    /// For a container with copies of data that an erasure removes: the age at which a copy is removed. Null: it has no such copies.
    /// </param>
    public static void KeepContainer(
        this IHostApplicationBuilder builder, string container, string? kept, Func<IServiceProvider, TimeSpan>? copiesKept = null) =>
        builder.Services.AddSingleton<ITenantData>(s => new KeptData(
            Container(container), kept, copiesKept is null ? TimeSpan.Zero : copiesKept(s) + LateRemoval + UndoTime(s)));

    /// <summary>States what an erasure leaves outside of the service's tables and containers.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="kept">What data of a tenant it is, and until when it is kept.</param>
    public static void KeepOutside(this IHostApplicationBuilder builder, string kept) =>
        builder.Services.AddSingleton<ITenantData>(new KeptData(store: null, kept, TimeSpan.Zero));

    private static TimeSpan UndoTime(IServiceProvider services) =>
        TimeSpan.FromDays(services.GetRequiredService<IOptions<StorageOptions>>().Value.UndoDays);
}
