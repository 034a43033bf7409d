using System.ComponentModel;
using System.Diagnostics;

namespace PerCall.Hooks;

/// <summary>Runs a command-line program: the Azure CLI (<c>az</c>), or <c>azd</c>.</summary>
internal sealed class Tool
{
    private readonly string _program;

    private Tool(string program) => _program = program;

    /// <summary>Finds a program on the path; null: it is not installed.</summary>
    public static Tool? Find(string name)
    {
        // On Windows the Azure CLI is a batch file, which a process finds only with its extension.
        string[] names = OperatingSystem.IsWindows() ? [$"{name}.cmd", $"{name}.exe"] : [name];
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var found = folders.SelectMany(folder => names.Select(n => Path.Combine(folder, n))).FirstOrDefault(File.Exists);
        return found is null ? null : new(found);
    }

    /// <summary>Runs a command to its end.</summary>
    public Task<CommandResult> RunAsync(params string[] arguments) => RunInAsync("", arguments);

    /// <summary>Runs a command to its end in a folder; empty: in the current one.</summary>
    public async Task<CommandResult> RunInAsync(string folder, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(_program, arguments)
                { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder })!;
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

    /// <summary>The lines of an output in the form <c>tsv</c>.</summary>
    public IEnumerable<string> Lines =>
        Output.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
