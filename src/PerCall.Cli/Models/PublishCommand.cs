using System.CommandLine;
using PerCall.Client;
using PerCall.Inference.Onnx;
using PerCall.Inference.Packages;

namespace PerCall.Cli.Models;

/// <summary>Publishes a folder, a ZIP or a graph, and answers a first call.</summary>
internal static class PublishCommand
{
    private const string KeySetting = "PERCALL_KEY";

    public static Command Create()
    {
        var source = new Argument<FileSystemInfo>("source")
        {
            Description = "A folder, a ZIP of a package, or an ONNX file. Without a model.json, it is derived.",
        };
        source.AcceptExistingOnly();
        var production = new Option<bool>("--production") { Description = "Also points the alias production at this version." };
        var key = new Option<string?>("--call-key")
        {
            Description = "Key of a tenant, for a first call with the sample, which is billed. "
                + $"Default: the environment variable {KeySetting}; without it, no call is made.",
        };
        var (connection, deriver) = (new Connection(), new Deriver());
        var command = new Command("publish", "Publishes a model, and with a tenant's key makes a first call.")
        {
            source, production, key,
        };
        connection.AddTo(command);
        deriver.AddTo(command);
        command.SetAction((parsed, cancellation) => PackageCommand.RunAsync(parsed, async () =>
        {
            var output = parsed.InvocationConfiguration.Output;
            using var work = new WorkFolder();
            var (zip, folder) = await PackAsync(parsed.GetRequiredValue(source), deriver, work, parsed, cancellation);
            var service = connection.Open(parsed);
            var published = await service.PublishModelAsync(zip, new Reports(output), cancellation);
            await output.WriteLineAsync($"Published {published.Id}/{published.Version}.");
            if (published.Note is { } note)
            {
                await output.WriteLineAsync($"Note: {note}");
            }

            if (parsed.GetValue(production))
            {
                await service.SetAliasAsync(published.Id, ModelNames.Production, published.Version, cancellation);
            }

            var tenant = parsed.GetValue(key) ?? Environment.GetEnvironmentVariable(KeySetting);
            if (tenant is { Length: > 0 } && folder is not null)
            {
                await FirstCall.MakeAsync(connection.Address(parsed), tenant, folder, published, output, cancellation);
            }
        }));
        return command;
    }

    /// <summary>Returns a ZIP, and the folder of its files if there is one.</summary>
    private static async Task<(string Zip, string? Folder)> PackAsync(
        FileSystemInfo source, Deriver deriver, WorkFolder work, ParseResult parsed, CancellationToken cancellation)
    {
        if (source is FileInfo file && !file.Extension.Equals(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            return (file.FullName, null);
        }

        var folder = source is FileInfo graph ? Copy(graph, work) : source.FullName;
        if (File.Exists(Path.Combine(folder, ModelManifest.FileName)))
        {
            deriver.RequireUnset(parsed, folder);
        }
        else
        {
            await deriver.RunAsync(folder, Path.GetFileNameWithoutExtension(source.FullName.TrimEnd('/')), parsed, cancellation);
        }

        var manifest = await PackageZip.VerifyAsync(folder, cancellation);
        var zip = work.File($"{manifest.Name}-{manifest.Version}.zip");
        await PackageZip.WriteAsync(manifest, folder, zip, new(parsed.InvocationConfiguration.Output), cancellation);
        return (zip, folder);
    }

    /// <summary>Copies a graph with the files of its weights, so that nothing is written beside the original.</summary>
    private static string Copy(FileInfo graph, WorkFolder work)
    {
        Directory.CreateDirectory(work.File("package"));
        var target = work.File("package");
        File.Copy(graph.FullName, Path.Combine(target, graph.Name));
        foreach (var weights in GraphFiles.ExternalData(graph.FullName).Where(w => File.Exists(Path.Combine(graph.DirectoryName!, w))))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(target, weights))!);
            File.Copy(Path.Combine(graph.DirectoryName!, weights), Path.Combine(target, weights));
        }

        return target;
    }

    /// <summary>Shows reports in the order in which they come; the library's own type hands them to other threads.</summary>
    private sealed class Reports(TextWriter output) : IProgress<PublishProgress>
    {
        private readonly ProgressLine _line = new(output);

        public void Report(PublishProgress value) => _line.Show(value.Stage, value.Bytes, value.Total);
    }
}
