using System.CommandLine;
using PerCall.Training;
using PerCall.Training.Commands;

if (args is ["scratch", .. var rest])
{
    Scratch.Run(rest);
    return 0;
}

return await new RootCommand("Trains recommenders, measures them, and writes them as model packages.")
{
    TrainCommand.Create(),
    EvaluateCommand.Create(),
    GenerateCommand.Create(),
}.Parse(args).InvokeAsync();
