using System.CommandLine;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using PerCall.Backups;

namespace PerCall.Cli;

/// <summary>Runs a command over storage, and prints its failure as a sentence.</summary>
internal static class StorageCommand
{
    /// <summary>Exit code: what was asked for cannot be done.</summary>
    public const int Refused = 1;

    /// <summary>Exit code: storage did not do it, or no storage is named.</summary>
    public const int Unavailable = 2;

    public static void Set(
        Command command, Func<BlobServiceClient, TableServiceClient, ParseResult, TextWriter, CancellationToken, Task> run)
    {
        var account = new StorageAccount();
        account.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            try
            {
                if (account.Open(parsed) is not var (blobs, tables))
                {
                    await error.WriteLineAsync("No storage account is named; use --storage.");
                    return Unavailable;
                }

                await run(blobs, tables, parsed, output, cancellation);
                return 0;
            }
            catch (Exception e) when (e is RestoreException or FormatException)
            {
                await error.WriteLineAsync(e.Message);
                return Refused;
            }
            catch (RequestFailedException e) when (e.Status == 403)
            {
                await error.WriteLineAsync(
                    $"Storage refused access ({e.ErrorCode}). The command needs the roles 'Storage Table Data Contributor' and "
                        + "'Storage Blob Data Contributor' on the account.");
                return Unavailable;
            }
            catch (JsonException e)
            {
                await error.WriteLineAsync($"A blob in the container '{BackupContainer.Name}' is damaged. {e.Message}");
                return Refused;
            }
            catch (Exception e) when (e is RequestFailedException or AuthenticationFailedException
                or InvalidOperationException or AggregateException or IOException)
            {
                var first = (e as AggregateException)?.InnerExceptions[0] ?? e;
                await error.WriteLineAsync($"Storage failed; run the command again. {first.Message.Split('\n')[0]}");
                return Unavailable;
            }
        });
    }
}
