using Azure.Storage.Blobs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Functions;

namespace PerCall.Hosting.Blobs;

/// <summary>A function with a blob trigger.</summary>
internal sealed record BlobFunction(FunctionDescriptor Function, BlobPathPattern Pattern, string? Connection)
{
    /// <summary>The function's name in the messages of the Functions host.</summary>
    public string FunctionId => $"Host.Functions.{Function.Name}";

    public static BlobFunction? Create(
        FunctionDescriptor function,
        BlobTriggerAttribute trigger,
        IConfiguration configuration,
        ICollection<string> faults)
    {
        var count = faults.Count;
        if (function.TriggerParameter.ParameterType != typeof(BlobClient))
        {
            faults.Add($"Blob function '{function.Name}' has its trigger on a {function.TriggerParameter.ParameterType.Name}; " +
                "it must be a BlobClient.");
        }

        if (StorageConnections.FindFault(configuration, trigger.Connection, $"blob function '{function.Name}'") is { } fault)
        {
            faults.Add(fault);
        }

        var settingFaults = faults.Count;
        var path = SettingExpression.Resolve(trigger.BlobPath, function.Name, configuration, faults);
        if (faults.Count > settingFaults)
        {
            return null;
        }

        var pattern = BlobPathPattern.Parse(path, out var patternFault);
        if (pattern is null)
        {
            faults.Add($"Blob function '{function.Name}' has the path '{path}': {patternFault}.");
            return null;
        }

        foreach (var parameter in function.DataParameters)
        {
            if (!BlobBinding.DataNames(pattern).Contains(parameter.Name!, StringComparer.OrdinalIgnoreCase))
            {
                faults.Add($"Blob function '{function.Name}' has a parameter '{parameter.Name}' that its path '{path}' does not name.");
            }
            else if (!BindingData.CanConvertTo(parameter.ParameterType))
            {
                faults.Add($"Blob function '{function.Name}' has a parameter '{parameter.Name}' of type {parameter.ParameterType.Name}, " +
                    "which cannot be read from text.");
            }
        }

        return faults.Count > count ? null : new BlobFunction(function, pattern, trigger.Connection);
    }
}
