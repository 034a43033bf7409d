using System.CommandLine;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;

namespace PerCall.Cli;

/// <summary>
/// The options that say which storage account. Commands that must work while the service cannot start use storage directly, with the
/// caller's own identity.
/// </summary>
internal sealed class StorageAccount
{
    private const string Setting = "AzureWebJobsStorage";

    private readonly Option<string?> _storage = new("--storage")
    {
        Description = "Name of the storage account, used with your Azure sign-in; or a connection string. "
            + $"Default: the environment variable {Setting}, or {Setting}__accountName.",
    };

    public void AddTo(Command command) => command.Options.Add(_storage);

    /// <summary>Returns clients of the account; null: no account is named.</summary>
    /// <exception cref="FormatException">The connection string is not valid.</exception>
    public (BlobServiceClient Blobs, TableServiceClient Tables)? Open(ParseResult parsed)
    {
        var named = parsed.GetValue(_storage) ?? Environment.GetEnvironmentVariable(Setting)
            ?? Environment.GetEnvironmentVariable($"{Setting}__accountName");
        if (string.IsNullOrEmpty(named))
        {
            return null;
        }

        if (named.Contains('=', StringComparison.Ordinal) || !named.All(char.IsAsciiLetterOrDigit))
        {
            return (new(named), new(named));
        }

        var identity = new DefaultAzureCredential();
        return (
            new(new Uri($"https://{named}.blob.core.windows.net"), identity),
            new(new Uri($"https://{named}.table.core.windows.net"), identity));
    }
}
