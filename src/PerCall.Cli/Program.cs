using System.CommandLine;
using PerCall.Cli.Audit;
using PerCall.Cli.Backups;
using PerCall.Cli.Models;

namespace PerCall.Cli;

/// <summary>The percall command.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => new RootCommand("Command line for a PerCall service.")
    {
        new Command("audit", "Commands for the audit log of management actions.") { VerifyCommand.Create() },
        BackupsCommand.Create(),
        RestoreCommand.Create(),
        new Command("models", "Commands for models.")
        {
            InitCommand.Create(), PackCommand.Create(), PublishCommand.Create(), ManageCommands.Uses(), ManageCommands.Unset(),
            ManageCommands.Remove(), RestoreModelCommand.Create(),
        },
    }.Parse(args).InvokeAsync();
}
