using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Storage.Erasure;

/// <summary>Registers what happens to a slice's tables and containers when a tenant is erased.</summary>
public static class TenantDataServices
{
    /// <summary>A table's name among the stores of <see cref="ITenantData"/>.</summary>
    public static string Table(string name) => $"table {name}";

    /// <summary>A container's name among the stores of <see cref="ITenantData"/>.</summary>
    public static string Container(string name) => $"container {name}";

    /// <summary>Has the blobs under <c>&lt;account&gt;/</c> removed. Rows that name these blobs are registered after them.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="container">The container.</param>
    /// <param name="count">The member of the result that counts them; null: none.</param>
    public static void EraseBlobs(this IHostApplicationBuilder builder, string container, string? count = null) =>
        builder.Services.AddSingleton<ITenantData>(
            s => new TenantBlobs(s.GetRequiredService<BlobServiceClient>().GetBlobContainerClient(container), count));

    /// <summary>Has an account's partition removed, and then its rows in other partitions.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="table">The table.</param>
    /// <param name="count">The member of the result that counts the rows.</param>
    /// <param name="marks">Filters for an account's rows in other partitions.</param>
    public static void EraseRows(this IHostApplicationBuilder builder, string table, string count, params Func<string, string>[] marks) =>
        builder.Services.AddSingleton<ITenantData>(
            s => new TenantRows(s.GetRequiredService<TableServiceClient>().GetTableClient(table), count, marks));

    /// <summary>Has a table kept.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="table">The table.</param>
    /// <param name="kept">What of a tenant is in it, and why it is kept; null if it holds no tenant's data.</param>
    public static void KeepTable(this IHostApplicationBuilder builder, string table, string? kept) =>
        builder.Services.AddSingleton<ITenantData>(new KeptData(Table(table), kept));

    /// <summary>Has a container kept.</summary>
    /// <param name="builder">The app.</param>
    /// <param name="container">The container.</param>
    /// <param name="kept">What of a tenant is in it, and why it is kept; null if it holds no tenant's data.</param>
    public static void KeepContainer(this IHostApplicationBuilder builder, string container, string? kept) =>
        builder.Services.AddSingleton<ITenantData>(new KeptData(Container(container), kept));
}
