using System.Collections.Concurrent;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>
/// Every combination of what main.bicep offers to switch, and the repository's own parameter files; each is worked out once.
/// </summary>
internal static class Combinations
{
    public const string Operator = "11111111-2222-3333-4444-555555555555";
    public const string Always =
        $"param environmentName = 'test'\nparam operatorEmail = 'operator@example.com'\nparam operatorsGroup = '{Operator}'"
            + "\nparam monthlyBudget = 10";

    private static readonly ConcurrentDictionary<string, Lazy<Task<Deployment>>> Known = new(StringComparer.Ordinal);

    public static TheoryData<string> All => [.. Names];

    public static IEnumerable<string> Names =>
    [
        .. from host in (string[])["functions", "containerapps"]
           from network in (string[])["open", "closed"]
           from models in (string[])["", " openai"]
           select $"{host} {network}{models}",
        "functions open wide-roles",
        "functions open locked",
        "containerapps open registry",
        "functions open stop",
        "containerapps open stop",
        "functions joined address",
        "functions open zones rolling",
        "containerapps joined zones",
        "functions open rotation",
        "containerapps open rotation",
        "dev.bicepparam",
        "prod.bicepparam",
        "main.bicepparam",
    ];

    public static Task<Deployment> GetAsync(string name) =>
        Known.GetOrAdd(name, n => new(() => n.EndsWith(".bicepparam", StringComparison.Ordinal)
        ? Bicep.PredictFileAsync(n)
        : Bicep.PredictAsync("main.bicep", With(Parameters(n))))).Value;

    /// <summary>The parameters that are always given, but for those that are given here.</summary>
    public static string With(string given) => string.Join(
        '\n', Always.Split('\n').Where(line => !given.Contains($"{line.Split('=')[0]}=", StringComparison.Ordinal)).Append(given));

    public static bool IsFunctions(string name) => !Has(name, "containerapps");

    /// <summary>Whether the private endpoints are the only way to the accounts.</summary>
    public static bool IsClosed(string name) => Has(name, "closed");

    public static bool HasNetwork(string name) => IsClosed(name) || Has(name, "joined");

    public static bool Has(string name, string part) => name.Split(' ').Contains(part);

    private static string Parameters(string name) => string.Join('\n', name.Split(' ').Select(part => part switch
    {
        "functions" => "param host = 'functions'",
        "containerapps" => "param host = 'containerapps'\nparam image = 'registry.example.com/percall:1'",
        "open" or "joined" or "closed" => $"param privateNetwork = '{part}'",
        "stop" => "param stopAtBudget = true",
        "address" => "param fixedAddress = true",
        "zones" => "param zoneRedundant = true\nparam storageSku = 'Standard_ZRS'",
        "rolling" => "param siteUpdate = 'RollingUpdate'",
        "openai" => "param openAi = true",
        "wide-roles" => "param hostRoles = 'account'",
        "locked" => "param recordDays = 365\nparam recordLocked = true",
        "rotation" => "param operatorKeyPrevious = true",
        "registry" => "param registryName = 'percallimages'",
        _ => throw new ArgumentException($"'{part}' is no part of a combination."),
    }));
}
