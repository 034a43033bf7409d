using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Requests;
using PerCall.Functions.Telemetry;

namespace PerCall.Functions.Startup;

/// <summary>Does what the built-in host does by itself, when a Functions host runs this process.</summary>
public static class FunctionsHost
{
    private const string Address = TelemetryServices.FunctionsHost;
    private const string AddressOption = "--functions-uri";

    /// <summary>
    /// Whether a Functions host started this process: it passes its address as <c>--functions-uri</c>, or as a setting in the environment.
    /// This is known before a builder exists, because it decides which builder is used.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="environment">The environment's settings; null uses those of this process.</param>
    public static bool HasStarted(string[] args, IConfiguration? environment = null) =>
        args.Any(a => a == AddressOption || a.StartsWith($"{AddressOption}=", StringComparison.Ordinal))
        || IsThere(environment ?? new ConfigurationBuilder().AddEnvironmentVariables().Build());

    /// <summary>Whether this process is the worker of a Functions host.</summary>
    public static bool IsThere(IConfiguration configuration) => configuration[Address] is not null;

    /// <summary>
    /// The longest body in bytes that the Functions host accepts; null when this process is not its worker. The built-in host leaves the
    /// limit to the function.
    /// </summary>
    public static long? BodyBytes(IConfiguration configuration) => IsThere(configuration)
        ? configuration.GetValue("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT", RequestServices.MaxBodyBytes)
        : null;

    /// <summary>
    /// Applies <c>logging.logLevel</c> of host.json to this process. The host applies it only to its own log. Section <c>Logging</c> takes
    /// precedence, as in the built-in host.
    /// </summary>
    public static void AddHostJsonLogLevels(this IHostApplicationBuilder builder)
    {
        if (!IsThere(builder.Configuration))
        {
            return;
        }

        var hostJson = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "host.json"), optional: true).Build();
        builder.Logging.AddConfiguration(hostJson.GetSection("logging"));
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("AzureFunctionsJobHost:logging"));
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
    }
}
