using System.CommandLine;
using PerCall.Backups;

namespace PerCall.Cli.Models;

/// <summary>Brings back a removed version of a model.</summary>
internal static class RestoreModelCommand
{
    public static Command Create()
    {
        var version = new Argument<string>("version")
        {
            Description = "The version, as NAME/VERSION.",
        };
        version.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>()?.Split('/') is not [{ Length: > 0 }, { Length: > 0 }])
            {
                result.AddError("Expected a version as NAME/VERSION, for example fashion/2.");
            }
        });
        var command = new Command("restore", "Brings back a removed version from the blobs that storage still keeps.") { version };
        StorageCommand.Set(command, (blobs, _, parsed, output, cancellation) =>
        {
            var parts = parsed.GetRequiredValue(version).Split('/');
            return new ModelVersionRestore(blobs.GetBlobContainerClient(ModelVersionRestore.Container)).RunAsync(
                parts[0], parts[1], output.WriteLine, cancellation);
        });
        return command;
    }
}
