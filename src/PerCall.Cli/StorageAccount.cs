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
    private const string Kept = "PerCallKeptStorage";
    private const string Only = "AzureWebJobsStorage";
    private const string Name = "__accountName";

    private readonly Option<string?> _storage = new("--storage")
    {
        Description = "Name of the service's kept storage account, used with your Azure sign-in; or a connection string. "
            + $"Default: the environment variable {Kept} or {Kept}{Name}, or if the service has one account, {Only} or {Only}{Name}.",
    };

    public void AddTo(Command command) => command.Options.Add(_storage);

    /// <summary>Returns clients of the account; null: no account is named.</summary>
    /// <exception cref="FormatException">What is named is neither an account nor a connection string.</exception>
    public (BlobServiceClient Blobs, TableServiceClient Tables)? Open(ParseResult parsed)
    {
        var named = parsed.GetValue(_storage)
            ?? new[] { Kept, Kept + Name, Only, Only + Name }.Select(Environment.GetEnvironmentVariable)
                .FirstOrDefault(v => v is { Length: > 0 });
        if (string.IsNullOrEmpty(named))
        {
            return null;
        }

        if (named.Contains('=', StringComparison.Ordinal) || !named.All(char.IsAsciiLetterOrDigit))
        {
            try
            {
                return (new(named), new(named));
            }
            catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException)
            {
                var what = named.Contains('=', StringComparison.Ordinal) ? "The connection string" : $"'{named}'";
                throw new FormatException(
                    $"{what} names no storage account; use the name of an account (3 to 24 letters and digits) or a connection string.", e);
            }
        }

        var identity = new DefaultAzureCredential();
        return (
            new(new Uri($"https://{named}.blob.core.windows.net"), identity),
            new(new Uri($"https://{named}.table.core.windows.net"), identity));
    }
}
