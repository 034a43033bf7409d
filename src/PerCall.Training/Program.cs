using System.CommandLine;
using PerCall.Training.Commands;

namespace PerCall.Training;

/// <summary>The train command.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) => new RootCommand("Trains and evaluates recommenders, and writes them as model packages.")
    {
        TrainCommand.Create(),
        EvaluateCommand.Create(),
        GenerateCommand.Create(),
    }.Parse(args).InvokeAsync();
}
