using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PerCall.Functions.Startup;

/// <summary>What is to be done under a Functions host that the built-in host does by itself.</summary>
public static class FunctionsHost
{
    // The Functions host passes it to its worker.
    private const string Address = "Functions:Worker:HostEndpoint";
    private const string AddressOption = "--functions-uri";

    /// <summary>
    /// Whether a Functions host started this process: it passes its address as <c>--functions-uri</c>, or as a setting in the environment.
    /// Known before there is a builder, because it decides which builder is used.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <param name="environment">The environment's settings; null: those of this process.</param>
    public static bool HasStarted(string[] args, IConfiguration? environment = null) =>
        args.Any(a => a == AddressOption || a.StartsWith($"{AddressOption}=", StringComparison.Ordinal))
        || IsThere(environment ?? new ConfigurationBuilder().AddEnvironmentVariables().Build());

    /// <summary>Whether this process is the worker of a Functions host.</summary>
    public static bool IsThere(IConfiguration configuration) => configuration[Address] is not null;

    /// <summary>
    /// Has <c>logging.logLevel</c> of host.json hold here too: the host applies it to what itself writes. Section <c>Logging</c> comes
    /// first, as with the built-in host.
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
