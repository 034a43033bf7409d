using System.CommandLine;
using PerCall.Training.Commands;

return await new RootCommand("Trains recommenders, measures them, and writes them as model packages.")
{
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    GenerateCommand.Create(),
}.Parse(args).InvokeAsync();
