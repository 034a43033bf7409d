using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace PerCall.Hosting.Configuration;

/// <summary>The sources of the application's configuration, in rising precedence.</summary>
internal static class HostConfiguration
{
    public static void AddSources(IConfigurationBuilder builder, string contentRoot, string[] args, ICollection<string> faults)
    {
        if (SettingsFiles.Find("host.json", contentRoot, AppContext.BaseDirectory) is { } hostJson)
        {
            builder.AddInMemoryCollection(
                Read(hostJson, faults).Select(pair => KeyValuePair.Create($"{HostJson.SectionName}:{pair.Key}", pair.Value)));
        }

        if (SettingsFiles.Find("local.settings.json", contentRoot, AppContext.BaseDirectory) is { } settings)
        {
            builder.AddInMemoryCollection(LocalSettings(Read(settings, faults)));
        }

        builder
            .AddEnvironmentVariables("DOTNET_")
            .AddEnvironmentVariables("ASPNETCORE_")
            .AddEnvironmentVariables()
            .AddCommandLine(args);
    }

    /// <summary>Returns the folder set by <c>--contentRoot</c> or <c>ASPNETCORE_CONTENTROOT</c>, else the current folder.</summary>
    public static string ContentRoot(string[] args)
    {
        var configuration = new ConfigurationBuilder()
            .AddEnvironmentVariables("DOTNET_").AddEnvironmentVariables("ASPNETCORE_").AddCommandLine(args).Build();
        return configuration["contentRoot"] ?? Directory.GetCurrentDirectory();
    }

    /// <summary>Returns AZURE_FUNCTIONS_ENVIRONMENT, else --environment, ASPNETCORE_ENVIRONMENT or DOTNET_ENVIRONMENT.</summary>
    public static string EnvironmentName(IConfiguration configuration) =>
        configuration["AZURE_FUNCTIONS_ENVIRONMENT"] ?? configuration["environment"] ?? Environments.Production;

    private static IEnumerable<KeyValuePair<string, string?>> Read(string path, ICollection<string> faults)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonFile(path, optional: false, reloadOnChange: false).Build().AsEnumerable();
        }
        catch (InvalidDataException e)
        {
            var reason = e.GetBaseException() is JsonException json ? json.Message : e.Message;
            faults.Add($"{path} is not valid JSON: {reason}");
            return [];
        }
    }

    // Values are the settings. The Host section (LocalHttpPort, CORS) stays a section. A double underscore separates sections.
    private static IEnumerable<KeyValuePair<string, string?>> LocalSettings(IEnumerable<KeyValuePair<string, string?>> pairs)
    {
        foreach (var (key, value) in pairs)
        {
            if (value is null)
            {
                continue;
            }

            if (key.StartsWith("Values:", StringComparison.OrdinalIgnoreCase))
            {
                yield return KeyValuePair.Create(key["Values:".Length..].Replace("__", ":", StringComparison.Ordinal), (string?)value);
            }
            else if (key.StartsWith("Host:", StringComparison.OrdinalIgnoreCase))
            {
                yield return KeyValuePair.Create("LocalSettings:" + key, (string?)value);
            }
            else if (key.StartsWith("ConnectionStrings:", StringComparison.OrdinalIgnoreCase))
            {
                yield return KeyValuePair.Create(key, (string?)value);
            }
        }
    }
}
