using System.Globalization;
using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Storage.Formats;

/// <summary>
/// Refuses to start when the account has data in a format that this program does not read, and records the format that it writes. Runs
/// after <see cref="StorageLayout"/> and before everything that reads data.
/// </summary>
/// <param name="tables">The account.</param>
/// <param name="required">The tables of all slices.</param>
/// <param name="table">The table of the <see cref="FormatRow"/>.</param>
public sealed class FormatGate(
    TableServiceClient tables, IEnumerable<RequiredTable> required, string table = FormatRow.Table) : IHostedService
{
    private static readonly string[] KeyOnly = [nameof(TableEntity.PartitionKey)];

    private readonly TableClient _table = tables.GetTableClient(table);

    /// <exception cref="OptionsValidationException">The account has newer or older data than this program reads.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        while (!await TryPassAsync(cancellationToken))
        {
            // Another instance wrote the row; read its version.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<bool> TryPassAsync(CancellationToken cancellation)
    {
        var found = await _table.GetEntityIfExistsAsync<FormatRow>(
            FormatRow.Key, FormatRow.Key, [nameof(FormatRow.Newest), nameof(FormatRow.Oldest)], cancellation);
        try
        {
            if (found is not { HasValue: true, Value: { } row })
            {
                var oldest = await IsEmptyAsync(cancellation) ? StorageFormat.Written : 0;
                Require(StorageFormat.Written, oldest);
                await _table.AddEntityAsync(new FormatRow { Newest = StorageFormat.Written, Oldest = oldest }, cancellation);
                return true;
            }

            Require(row.Newest, row.Oldest);
            if (row.Newest < StorageFormat.Written)
            {
                row.Newest = StorageFormat.Written;
                await _table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace, cancellation);
            }

            return true;
        }
        catch (RequestFailedException e) when (e.IsRowConflict())
        {
            return false;
        }
    }

    private static void Require(int newest, int oldest)
    {
        if (newest > StorageFormat.Newest || oldest < StorageFormat.Oldest)
        {
            // The host reports this exception as sentences, like an invalid setting.
            throw new OptionsValidationException(StorageOptions.Section, typeof(StorageOptions), [string.Create(
                CultureInfo.InvariantCulture,
                $"The storage account has data in the formats {oldest} to {newest}, and this version of the service reads "
                    + $"{StorageFormat.Oldest} to {StorageFormat.Newest}; {(newest > StorageFormat.Newest
                        ? "deploy the version that wrote it, or a newer one"
                        : "deploy the versions in between first, one after the other")}.")]);
        }
    }

    /// <summary>Returns whether no other table has a row: the account is new.</summary>
    private async Task<bool> IsEmptyAsync(CancellationToken cancellation)
    {
        foreach (var other in required.Where(t => t.Name != table))
        {
            // Only the key is read, and not the number of the row: which one it has is what is to be found out.
            if (await tables.GetTableClient(other.Name).QueryAsync<TableEntity>(
                maxPerPage: 1, select: KeyOnly, cancellationToken: cancellation).AnyAsync(cancellation))
            {
                return false;
            }
        }

        return true;
    }
}
