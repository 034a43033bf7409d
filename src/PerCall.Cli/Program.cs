using System.CommandLine;
using PerCall.Cli.Audit;

namespace PerCall.Cli;

/// <summary>The percall command.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => new RootCommand("Command line for a PerCall service.")
    {
        new Command("audit", "Commands for the audit log of management actions.") { VerifyCommand.Create() },
    }.Parse(args).InvokeAsync();
}
