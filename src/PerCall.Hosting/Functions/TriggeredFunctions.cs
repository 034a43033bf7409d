using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using PerCall.Hosting.Blobs;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Http;
using PerCall.Hosting.Queues;
using PerCall.Hosting.Timers;

namespace PerCall.Hosting.Functions;

/// <summary>The application's functions by trigger.</summary>
internal sealed class TriggeredFunctions
{
    public List<HttpFunction> Http { get; } = [];

    public List<QueueFunction> Queues { get; } = [];

    public List<TimerFunction> Timers { get; } = [];

    public List<BlobFunction> Blobs { get; } = [];

    public static TriggeredFunctions Create(
        IEnumerable<FunctionDescriptor> functions, IConfiguration configuration, HostJson hostJson, ICollection<string> faults)
    {
        var triggered = new TriggeredFunctions();
        foreach (var function in functions)
        {
            switch (function.Trigger)
            {
                case HttpTriggerAttribute trigger:
                    Add(triggered.Http, HttpFunction.Create(function, trigger, hostJson.RoutePrefix, faults));
                    break;
                case QueueTriggerAttribute trigger:
                    Add(triggered.Queues, QueueFunction.Create(function, trigger, configuration, faults));
                    break;
                case TimerTriggerAttribute trigger:
                    Add(triggered.Timers, TimerFunction.Create(function, trigger, configuration, faults));
                    break;
                case BlobTriggerAttribute trigger:
                    Add(triggered.Blobs, BlobFunction.Create(function, trigger, configuration, faults));
                    break;
            }
        }

        return triggered;
    }

    /// <summary>Returns a line per function: its name, its trigger as in functions.metadata, and the trigger's target.</summary>
    public IEnumerable<string> Describe() =>
    [
        .. Http.Select(f => Line(f.Function, $"{(f.Methods.Count == 0 ? "any method" : string.Join(',', f.Methods))} {f.Route.RawText}")),
        .. Queues.Select(f => Line(f.Function, $"{f.QueueName} {f.Connection ?? StorageConnections.HostConnection}")),
        .. Blobs.Select(f => Line(f.Function, $"{f.Pattern.Path} {f.Connection ?? StorageConnections.HostConnection}")),
        .. Timers.Select(f => Line(f.Function, f.Expression)),
    ];

    private static string Line(FunctionDescriptor function, string trigger) => $"{function.Name}: {function.TriggerType} {trigger}";

    private static void Add<T>(List<T> list, T? function)
        where T : class
    {
        if (function is not null)
        {
            list.Add(function);
        }
    }
}
