using System.Diagnostics;
using PerCall.Testing;

namespace PerCall.Training.Tests.Commands;

/// <summary>The command as a process of its own.</summary>
internal static class Tool
{
    public static Task<CommandResult> RunAsync(CancellationToken cancellation, params string[] arguments) =>
        Processes.RunAsync(new ProcessStartInfo("dotnet", [Repository.Assembly("PerCall.Training"), .. arguments]), cancellation);
}
