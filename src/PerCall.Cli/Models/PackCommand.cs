using System.CommandLine;

namespace PerCall.Cli.Models;

/// <summary>Makes a ZIP of the files that a manifest names.</summary>
internal static class PackCommand
{
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("folder") { Description = "Folder with a model.json." };
        folder.AcceptExistingOnly();
        var target = new Option<FileInfo?>("--output", "-o")
        {
            Description = "The file to write. Default: NAME-VERSION.zip in this folder.",
        };
        var command = new Command("pack", "Verifies a package as the service does, and makes a ZIP of the files that its model.json names.")
        {
            folder, target,
        };
        command.SetAction((parsed, cancellation) => PackageCommand.RunAsync(parsed, async () =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var path = parsed.GetRequiredValue(folder).FullName;
            var manifest = await PackageZip.VerifyAsync(path, cancellation);
            var file = parsed.GetValue(target)?.FullName
                ?? Path.Combine(Environment.CurrentDirectory, $"{manifest.Name}-{manifest.Version}.zip");
            await PackageZip.WriteAsync(manifest, path, file, new ProgressLine(output), cancellation);
            await output.WriteLineAsync($"Wrote {file} ({new FileInfo(file).Length:N0} bytes).");
        }));
        return command;
    }
}
