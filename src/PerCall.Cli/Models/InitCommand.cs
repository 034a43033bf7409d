using System.CommandLine;
using PerCall.Inference;
using PerCall.Inference.Packages;

namespace PerCall.Cli.Models;

/// <summary>Writes the manifest of a model from the files beside its graph.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("folder") { Description = "Folder with the graph and what its makers put beside it." };
        folder.AcceptExistingOnly();
        var force = new Option<bool>("--force") { Description = "Replaces a model.json that is there." };
        var deriver = new Deriver();
        var command = new Command("init", "Writes model.json from the files of a model, and runs the model on a sample.") { folder, force };
        deriver.AddTo(command);
        command.SetAction((parsed, cancellation) => PackageCommand.RunAsync(parsed, async () =>
        {
            var path = parsed.GetRequiredValue(folder).FullName;
            var manifest = Path.Combine(path, ModelManifest.FileName);
            if (File.Exists(manifest) && !parsed.GetValue(force))
            {
                throw new PackageRefusedException([new(manifest, "is there already; use --force to replace it.")]);
            }

            await deriver.RunAsync(path, new DirectoryInfo(path).Name, parsed, cancellation);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"Wrote {manifest}.");
        }));
        return command;
    }
}
