using System.Text.RegularExpressions;
using PerCall.Testing;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>The files themselves.</summary>
public sealed partial class TemplateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Bicep.Folder, "*.bicep", SearchOption.AllDirectories).Select(
            f => Path.GetRelativePath(Bicep.Folder, f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Lint_EveryTemplate_FindsNothing(string file) =>
        Assert.Equal("", await Bicep.LintAsync(Path.Combine(Bicep.Folder, file)));

    [Fact]
    public async Task Lint_IsAsStrictAsItSays()
    {
        // With the rules of infra/; a misspelt one would leave the test above with nothing to find.
        var folder = Directory.CreateDirectory(
            Path.Combine(Repository.Root, "artifacts", "infra-tests", Guid.NewGuid().ToString("n"))).FullName;
        try
        {
            var file = Path.Combine(folder, "bad.bicep");
            File.Copy(Path.Combine(Bicep.Folder, "bicepconfig.json"), Path.Combine(folder, "bicepconfig.json"));
            await File.WriteAllTextAsync(file, "param unused object = {}\noutput password string = 'x'\n", Cancellation);

            var said = await Bicep.LintAsync(file);

            Assert.Contains("Error no-unused-params", said, StringComparison.Ordinal);
            Assert.Contains("Error use-user-defined-types", said, StringComparison.Ordinal);
            Assert.Contains("Error outputs-should-not-contain-secrets", said, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Parameters, and why they cannot be.</summary>
    public static TheoryData<string, string> Impossible => new()
    {
        { "param host = 'containerapps'", "image: host containerapps needs" },
        { "param image = 'registry.example.com/percall:1'", "image: host functions runs a package" },
        { "param registryName = 'percallimages'", "registryName: host functions pulls no image" },
        {
            "param host = 'containerapps'\nparam image = 'x/y:1'\nparam minimumReplicas = 9\nparam maximumReplicas = 3",
            "maximumReplicas: is less"
        },
        { "param host = 'containerapps'\nparam image = 'x/y:1'\nparam hostRoles = 'account'", "hostRoles: account is for host functions" },
        { "param alwaysReady = 9\nparam maximumInstances = 3", "alwaysReady: is more" },
        { "param name = 'per-call'", "name: takes letters and digits" },
        { "param stopAtBudget = true\nparam monthlyBudget = 0", "stopAtBudget: needs a monthlyBudget" },
        { "param fixedAddress = true", "fixedAddress: needs privateNetwork joined or closed" },
        { "param zoneRedundant = true", "zoneRedundant: needs storageSku Standard_ZRS" },
        { "param zoneRedundant = true\nparam storageSku = 'Standard_ZRS'\nparam alwaysReady = 1", "zoneRedundant: alwaysReady is 0 or" },
        {
            "param zoneRedundant = true\nparam storageSku = 'Standard_ZRS'\nparam host = 'containerapps'\nparam image = 'x/y:1'",
            "zoneRedundant: host containerapps needs privateNetwork"
        },
        { "param privateNetwork = 'private'", "joined" },
        { "param instanceMemory = 1024", "2048" },
        { "param maximumInstances = 0", "minimum" },
        { "param storageSku = 'Standard_GRS'", "Standard_ZRS" },
        { "param keptStorageSku = 'Premium_LRS'", "Standard_GZRS" },
        { "param recordLocked = true", "recordLocked: there is nothing to lock" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public async Task Parameters_ThatCannotBe_AreRefusedByName(string given, string why)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Bicep.PredictAsync("main.bicep", Combinations.With(given)));

        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readme_ListsEveryParameterAndNoOther()
    {
        var template = await File.ReadAllTextAsync(Path.Combine(Bicep.Folder, "main.bicep"), Cancellation);
        var page = await File.ReadAllTextAsync(Path.Combine(Bicep.Folder, "README.md"), Cancellation);

        Assert.Equal(
            Parameter().Matches(template).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal),
            Row().Matches(page).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^param (\w+) ", RegexOptions.Multiline)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
