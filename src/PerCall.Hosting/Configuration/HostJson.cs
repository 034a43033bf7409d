using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace PerCall.Hosting.Configuration;

/// <summary>The settings of host.json that the built-in host supports, with the Functions host's defaults.</summary>
internal sealed class HostJson
{
    /// <summary>
    /// The configuration section of host.json. <c>AzureFunctionsJobHost__…</c> in the environment therefore overrides it.
    /// </summary>
    public const string SectionName = "AzureFunctionsJobHost";

    public TimeSpan FunctionTimeout { get; private init; } = TimeSpan.FromMinutes(30);

    public string RoutePrefix { get; private init; } = "api";

    public QueueSettings Queues { get; private init; } = new();

    public static HostJson Read(IConfiguration configuration, bool development, ICollection<string> faults)
    {
        var section = new SettingsReader(configuration.GetSection(SectionName), "host.json", faults);
        foreach (var level in configuration.GetSection($"{SectionName}:logging:logLevel").GetChildren())
        {
            if (!Enum.TryParse<LogLevel>(level.Value, ignoreCase: true, out _))
            {
                faults.Add($"host.json: logging.logLevel.{level.Key} is '{level.Value}'; " +
                    $"allowed: {string.Join(", ", Enum.GetNames<LogLevel>())}.");

                // The error has to be logged, so logging must work.
                level.Value = nameof(LogLevel.Information);
            }
        }

        var queues = new QueueSettings();
        var batchSize = section.Integer("extensions:queues:batchSize", queues.BatchSize, 1, 32);
        return new HostJson
        {
            FunctionTimeout = section["functionTimeout"] == "-1"
                ? Timeout.InfiniteTimeSpan
                : section.Duration("functionTimeout", TimeSpan.FromMinutes(30), TimeSpan.FromSeconds(1), TimeSpan.FromDays(10)),
            RoutePrefix = (section["extensions:http:routePrefix"] ?? "api").Trim('/'),
            Queues = new QueueSettings
            {
                BatchSize = batchSize,
                NewBatchThreshold = section.Integer(
                    "extensions:queues:newBatchThreshold", batchSize / 2 * Environment.ProcessorCount, 0, 1000),
                MaxDequeueCount = section.Integer("extensions:queues:maxDequeueCount", queues.MaxDequeueCount, 1, int.MaxValue),
                MaxPollingInterval = section.Duration(
                    "extensions:queues:maxPollingInterval",
                    development ? TimeSpan.FromSeconds(2) : queues.MaxPollingInterval,
                    TimeSpan.FromMilliseconds(100),
                    TimeSpan.FromDays(1)),
                VisibilityTimeout = section.Duration(
                    "extensions:queues:visibilityTimeout", queues.VisibilityTimeout, TimeSpan.Zero, TimeSpan.FromDays(7)),
                Base64 = section.OneOf("extensions:queues:messageEncoding", "base64", "none") == "base64",
            },
        };
    }
}
