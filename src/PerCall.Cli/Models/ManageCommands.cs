using System.CommandLine;
using PerCall.Client;

namespace PerCall.Cli.Models;

/// <summary>Shows what uses a model, and removes models, versions and aliases.</summary>
internal static class ManageCommands
{
    public static Command Uses() => Create(
        "uses", "Shows what uses a model: aliases, plans, open batches and other models.", "model", "The model.",
        async (service, name, output, cancellation) =>
        {
            var uses = await service.GetModelUsesAsync(name, cancellation);
            foreach (var use in uses.Data)
            {
                await output.WriteLineAsync($"{use.Kind} {use.Id}{(use.Version is null ? "" : $" (version {use.Version})")}");
            }

            if (uses.Data.Count == 0)
            {
                await output.WriteLineAsync($"Nothing uses {name}.");
            }
        });

    public static Command Remove() => Create(
        "remove", "Removes a model with all its versions, or one version. Refused while something uses it.",
        "model", "NAME or NAME/VERSION.",
        async (service, model, output, cancellation) =>
        {
            await (model.Split('/') is [var name, var version]
                ? service.DeleteVersionAsync(name, version, cancellation)
                : service.DeleteModelAsync(model, cancellation));
            await output.WriteLineAsync($"Removed {model}.");
        });

    public static Command Unset() => Create(
        "unset", "Removes an alias of a model. Calls that name it are then refused.", "alias", "NAME/ALIAS.",
        async (service, alias, output, cancellation) =>
        {
            var parts = alias.Split('/');
            await service.UnsetAliasAsync(parts[0], parts is [_, var name] ? name : "", cancellation);
            await output.WriteLineAsync($"Removed the alias {alias}.");
        });

    private static Command Create(
        string name, string description, string argument, string what, Func<PerCallClient, string, TextWriter, CancellationToken, Task> run)
    {
        var subject = new Argument<string>(argument) { Description = what };
        var connection = new Connection();
        var command = new Command(name, description) { subject };
        connection.AddTo(command);
        command.SetAction((parsed, cancellation) => PackageCommand.RunAsync(parsed, () => run(
            connection.Open(parsed), parsed.GetRequiredValue(subject), parsed.InvocationConfiguration.Output, cancellation)));
        return command;
    }
}
