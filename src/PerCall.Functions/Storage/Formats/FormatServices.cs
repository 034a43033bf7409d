using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Storage.Erasure;

namespace PerCall.Functions.Storage.Formats;

/// <summary>Registers the check of the account's storage formats.</summary>
public static class FormatServices
{
    /// <summary>Must come right after <see cref="StorageServices.AddStorage"/>: nothing reads data before this check.</summary>
    public static void AddStorageFormats(this IHostApplicationBuilder builder)
    {
        builder.RequireTable(FormatRow.Table, TableBackupRule.All);
        builder.KeepTable(FormatRow.Table, kept: null);
        builder.Services.AddHostedService<FormatGate>();
    }
}
