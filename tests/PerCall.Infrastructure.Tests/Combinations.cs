using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>
/// Combinations of what main.bicep offers to switch, in which each two values meet, and the repository's own parameter files. Each is
/// worked out once.
/// </summary>
internal static partial class Combinations
{
    public const string Operator = "11111111-2222-3333-4444-555555555555";
    public const string Always =
        $"param environmentName = 'test'\nparam operatorEmail = 'operator@example.com'\nparam operatorsGroup = '{Operator}'"
            + "\nparam monthlyBudget = 10";

    /// <summary>The values of each switch; empty: its default.</summary>
    private static readonly string[][] Options =
    [
        ["functions", "containerapps"], ["open", "joined", "closed"], ["", "openai"], ["", "no-budget", "stop"], ["", "record", "locked"],
        ["", "both-operators", "deployer"], ["", "rotation"], ["", "address"], ["", "zones"], ["", "rolling"], ["", "wide-roles"],
        ["", "registry"], ["", "availability"], ["", "ready"], ["", "asleep"], ["", "no-lock"], ["", "purge-protected"], ["", "copies"],
        ["", "often"], ["", "small"], ["", "second-email"],
    ];

    /// <summary>What the template refuses, as other tests show.</summary>
    private static readonly string[][] Impossible =
        [["functions", "registry"], ["containerapps", "wide-roles"], ["open", "address"], ["containerapps", "open", "zones"]];

    private static readonly AllPairs Pairs = new(Options, Impossible);

    private static readonly ConcurrentDictionary<string, Lazy<Task<Deployment>>> Known = new(StringComparer.Ordinal);

    public static TheoryData<string> All => [.. Names];

    public static IEnumerable<string> Names =>
    [
        .. Pairs.Rows.Select(row => string.Join(' ', row.Where(v => v.Length > 0))), "dev.bicepparam", "prod.bicepparam", "main.bicepparam",
    ];

    /// <summary>Pairs that no combination has.</summary>
    public static IEnumerable<(string, string)> Never => Pairs.Never;

    /// <summary>Parameters that some combination sets.</summary>
    public static IEnumerable<string> Varied =>
        Options.SelectMany(values => values.Where(v => v.Length > 0)).SelectMany(v => Given().Matches(Parameters(v))).Select(
            m => m.Groups[1].Value);

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
        "no-budget" => "param monthlyBudget = 0",
        "stop" => "param stopAtBudget = true",
        "address" => "param fixedAddress = true",
        "zones" => "param zoneRedundant = true\nparam storageSku = 'Standard_ZRS'",
        "rolling" => "param siteUpdate = 'RollingUpdate'",
        "openai" => "param openAi = true",
        "wide-roles" => "param hostRoles = 'account'",
        "record" => "param recordDays = 365",
        "locked" => "param recordDays = 365\nparam recordLocked = true",
        "rotation" => "param operatorKeyPrevious = true",
        "registry" => "param registryName = 'percallimages'",
        "availability" => "param availabilityTest = true",
        "both-operators" => "param deployerIsOperator = true",
        "deployer" => "param operatorsGroup = ''",
        "ready" => "param alwaysReady = 2\nparam minimumReplicas = 1",
        "asleep" => "param wakeHourly = false",
        "no-lock" => "param deleteLock = false",
        "purge-protected" => "param vaultPurgeProtection = true",
        "copies" => "param keptStorageSku = 'Standard_GZRS'",
        "often" => "param alertEvery = 'PT5M'",
        "small" => "param instanceMemory = 512",
        "second-email" => "param operatorEmail2 = 'second@example.com'",
        _ => throw new ArgumentException($"'{part}' is no part of a combination."),
    }));

    [GeneratedRegex(@"^param (\w+) =", RegexOptions.Multiline)]
    private static partial Regex Given();
}
