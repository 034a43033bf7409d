using System.CommandLine;
using PerCall.Cli.Audit;

namespace PerCall.Cli;

/// <summary>The percall command.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => new RootCommand("Works with a PerCall service.")
    {
        new Command("audit", "The record of management.") { VerifyCommand.Create() },
    }.Parse(args).InvokeAsync();
}
