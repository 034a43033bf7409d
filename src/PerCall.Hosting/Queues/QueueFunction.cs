using System.Text.RegularExpressions;
using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;

namespace PerCall.Hosting.Queues;

/// <summary>A function with a queue trigger.</summary>
internal sealed partial record QueueFunction(FunctionDescriptor Function, string QueueName, string? Connection)
{
    public static QueueFunction? Create(
        FunctionDescriptor function,
        QueueTriggerAttribute trigger,
        IConfiguration configuration,
        ICollection<string> faults)
    {
        var count = faults.Count;
        var type = function.TriggerParameter.ParameterType;
        if (type != typeof(string) && type != typeof(byte[]) && type != typeof(QueueMessage) &&
            (type.IsInterface || type.IsAbstract || typeof(Stream).IsAssignableFrom(type) || typeof(Delegate).IsAssignableFrom(type)))
        {
            faults.Add($"Queue function '{function.Name}' has a trigger parameter of type {type.Name}; " +
                "allowed: string, byte[], QueueMessage, or a class that can be read from JSON.");
        }

        var name = SettingExpression.Resolve(trigger.QueueName, function.Name, configuration, faults);
        if (faults.Count == count && !ValidName().IsMatch(name))
        {
            faults.Add($"Queue function '{function.Name}' has the queue name '{name}'; allowed: 3 to 63 lower-case letters, digits " +
                "and single hyphens between them.");
        }

        foreach (var parameter in function.DataParameters.Where(p => !BindingData.CanConvertTo(p.ParameterType)))
        {
            faults.Add($"Queue function '{function.Name}' has a parameter '{parameter.Name}' of type {parameter.ParameterType.Name}, " +
                "which cannot be read from text.");
        }

        if (StorageConnections.FindFault(configuration, trigger.Connection, $"queue function '{function.Name}'") is { } fault)
        {
            faults.Add(fault);
        }

        return faults.Count > count ? null : new QueueFunction(function, name, trigger.Connection);
    }

    [GeneratedRegex("^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex ValidName();
}
