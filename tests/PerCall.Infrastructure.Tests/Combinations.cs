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
        $"param environmentName = 'test'\nparam operatorEmail = 'operator@example.com'\nparam operatorPrincipal = '{Operator}'\nparam monthlyBudget = 10";

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
        "functions open rotation",
        "containerapps open rotation",
        "dev.bicepparam",
        "prod.bicepparam",
        "main.bicepparam",
    ];

    public static Task<Deployment> GetAsync(string name) =>
        Known.GetOrAdd(name, n => new(() => n.EndsWith(".bicepparam", StringComparison.Ordinal)
        ? Bicep.PredictFileAsync(n)
        : Bicep.PredictAsync("main.bicep", $"{Always}\n{Parameters(n)}"))).Value;

    public static bool IsFunctions(string name) => !Has(name, "containerapps");

    public static bool IsClosed(string name) => Has(name, "closed");

    public static bool Has(string name, string part) => name.Split(' ').Contains(part);

    private static string Parameters(string name) => string.Join('\n', name.Split(' ').Select(part => part switch
    {
        "functions" => "param host = 'functions'",
        "containerapps" => "param host = 'containerapps'\nparam image = 'registry.example.com/percall:1'",
        "open" => "param privateNetwork = false",
        "closed" => "param privateNetwork = true",
        "openai" => "param openAi = true",
        "wide-roles" => "param hostRoles = 'account'",
        "locked" => "param recordDays = 365\nparam recordLocked = true",
        "rotation" => "param operatorKeyPrevious = true",
        "registry" => "param registryName = 'percallimages'",
        _ => throw new ArgumentException($"'{part}' is no part of a combination."),
    }));
}
