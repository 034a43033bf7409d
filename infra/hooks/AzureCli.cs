using System.ComponentModel;
using System.Diagnostics;

namespace PerCall.Hooks;

/// <summary>Runs the Azure CLI.</summary>
internal sealed class AzureCli
{
    private readonly string _program;

    private AzureCli(string program) => _program = program;

    /// <summary>Finds <c>az</c> on the path; null: it is not installed.</summary>
    public static AzureCli? Find()
    {
        // On Windows it is a batch file, which a process finds only with its extension.
        string[] names = OperatingSystem.IsWindows() ? ["az.cmd", "az.exe"] : ["az"];
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        return found is null ? null : new(found);
    }

    /// <summary>Runs a command to its end.</summary>
    public async Task<CommandResult> RunAsync(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(_program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return new(process.ExitCode, await output, (await errors).Trim());
        }
        catch (Win32Exception e)
        {
            return new(-1, "", $"{_program}: {e.Message}");
        }
    }
}

/// <param name="Code">The exit code; 0: success.</param>
/// <param name="Output">The standard output.</param>
/// <param name="Errors">The standard error.</param>
internal sealed record CommandResult(int Code, string Output, string Errors)
{
    public bool Succeeded => Code == 0;
}
