using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Operators;
using PerCall.Functions.Storage;
using PerCall.Functions.Telemetry;
using PerCall.LargeModels.Routes;

namespace PerCall.Infrastructure.Tests;

/// <summary>What the service itself says that it needs.</summary>
internal static class Service
{
    private static readonly Assembly Code = typeof(OperatorKey).Assembly;

    private static readonly IServiceCollection Registered = Builder(new Dictionary<string, string>()).Services;

    /// <summary>Containers of what must go.</summary>
    public static IReadOnlyList<string> TransientContainers { get; } = Containers(kept: false);

    /// <summary>Containers of what must be kept.</summary>
    public static IReadOnlyList<string> KeptContainers { get; } = Containers(kept: true);

    public static IReadOnlyList<string> Tables { get; } =
        [.. Required<RequiredTable>().Select(t => t.Name).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Those that triggers listen to and those that slices declare, without the poison queues of either.</summary>
    public static IReadOnlyList<string> Queues { get; } =
        [.. Required<RequiredQueue>().Select(q => q.Name).Concat(Triggers<QueueTriggerAttribute>().Select(t => t.Trigger.QueueName)).Where(
            q => !q.EndsWith("-poison", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>
    /// The groups in which the functions scale on Flex Consumption: all HTTP functions are one, all blob functions by Event Grid are one,
    /// and each other function is one of its own.
    /// </summary>
    public static IReadOnlyList<string> ScalingGroups { get; } =
    [
        .. Triggers<HttpTriggerAttribute>().Select(_ => "http").Distinct(),
        .. Triggers<BlobTriggerAttribute>().Select(_ => "blob").Distinct(),
        .. Triggers<QueueTriggerAttribute>().Select(t => t.Trigger.QueueName),
        .. Triggers<TimerTriggerAttribute>().Select(t => $"timer {t.Function}"),
    ];

    /// <summary>Names of settings, as environment variables, that the service's options classes have.</summary>
    public static IReadOnlyList<string> Settings { get; } =
    [
        OperatorKey.Setting,
        OperatorKey.PreviousSetting,
        TelemetryServices.ApplicationInsights,
        .. Code.GetTypes()
            .Where(t => t.Name.EndsWith("Options", StringComparison.Ordinal))
            .Select(
                t => (Type: t, Section: t.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string))
            .Where(t => t.Section is not null)
            .SelectMany(t => t.Type.GetProperties().Select(p => $"{t.Section}:{p.Name}".Replace(":", "__", StringComparison.Ordinal))),
    ];

    /// <summary>Whether a setting, as an environment variable, describes a large model or one of its deployments.</summary>
    public static bool IsOfALargeModel(string setting)
    {
        var parts = setting.Split("__");
        return parts is ["PerCall", "OpenAI", nameof(LargeModelOptions.Models), _, var member]
            ? typeof(ModelRouteOptions).GetProperty(member) is not null
            : parts is ["PerCall", "OpenAI", nameof(LargeModelOptions.Models), _, nameof(ModelRouteOptions.Deployments), _, var one]
                && typeof(DeploymentOptions).GetProperty(one) is not null;
    }

    public static IEnumerable<(string Function, T Trigger)> Triggers<T>() where T : Attribute =>
        from type in Code.GetTypes()
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        from parameter in method.GetParameters()
        let trigger = parameter.GetCustomAttribute<T>()
        where trigger is not null
        select (function.Name, trigger);

    /// <summary>The service as its Program puts it together, in production and with these settings; not started.</summary>
    public static IHost Build(IReadOnlyDictionary<string, string> settings) => Builder(settings).Build();

    private static HostApplicationBuilder Builder(IReadOnlyDictionary<string, string> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { EnvironmentName = Environments.Production });
        builder.Configuration.AddInMemoryCollection(
            settings.Select(s => KeyValuePair.Create(s.Key.Replace("__", ":", StringComparison.Ordinal), (string?)s.Value)));
        builder.Services.AddLogging();
        // Every slice's registration, whether or not a test knows the slice.
        foreach (var register in Code.GetTypes().Where(t => t.Name.EndsWith("Services", StringComparison.Ordinal)).SelectMany(
            t => t.GetMethods(BindingFlags.Public | BindingFlags.Static))
            .Where(
                m =>
                    m.Name.StartsWith(
                        "Add",
                        StringComparison.Ordinal) && m.GetParameters() is [{ } only]
                            && only.ParameterType == typeof(IHostApplicationBuilder)))
        {
            register.Invoke(null, [builder]);
        }

        return builder;
    }

    private static List<string> Containers(bool kept) =>
        [.. Required<RequiredContainer>().Where(c => c.Kept == kept).Select(c => c.Name).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<T> Required<T>() => Registered.Select(d => d.ImplementationInstance).OfType<T>();
}
