using System.Text.RegularExpressions;
using PerCall.Testing;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>
/// Commands for the Azure CLI in the documents. Whoever copies one works on the subscription that it names, and on no other.
/// </summary>
public sealed partial class DocumentedCommandTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Documents =>
    [
        .. (string[])["README.md", .. Below("docs"), .. Below("infra")],
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task AzureCommands_EachNamesTheSubscription(string document)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, document), Cancellation);

        var without = Commands(text).Where(c => !c.Contains("--subscription", StringComparison.Ordinal)).ToList();
        Assert.True(without.Count == 0, string.Join('\n', without));
    }

    [Fact]
    public void Commands_AreFoundInBlocksAndTables()
    {
        const string Text = """
            `az group list --output table` in a sentence is left alone.

            | step | `KEY=$(az keyvault secret show --name a \| jq .); az group list --output tsv` | `az functionapp start` | `azd up` |

              ```sh
              az login --tenant a && az group create \
                --name a
              for i in $(az acr list --output tsv); do echo "a | b"; done   # az comment --x
              az rest --method get
              ```
            """;

        Assert.Equal(
            [
                "az group create --name a", "az acr list --output tsv); do echo \"a | b\"; done   # az comment --x",
                "az keyvault secret show --name a | jq .)", "az group list --output tsv",
            ],
            Commands(Text));
    }

    private static IEnumerable<string> Below(string folder) =>
        Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.md", SearchOption.AllDirectories).Select(
            f => Path.GetRelativePath(Repository.Root, f)).Order(StringComparer.Ordinal);

    /// <summary>Each command from its name to the next one or to the end of the line. One without options is only named.</summary>
    private static IEnumerable<string> Commands(string text)
    {
        var lines = Block().Matches(text).SelectMany(m => Continued().Replace(m.Groups[1].Value, " ").Split('\n'))
            .Concat(TableRow().Matches(text).SelectMany(m => Code().Matches(m.Value)).Select(
                m => m.Groups[1].Value.Replace("\\|", "|", StringComparison.Ordinal)));
        return lines.SelectMany(line => Command().Matches(line)).Select(m => m.Groups[1].Value.Trim()).Where(
            c => c.Contains(" --", StringComparison.Ordinal) && !WithoutSubscription().IsMatch(c));
    }

    [GeneratedRegex(@"^[ \t]*```\w*\n(.*?)^[ \t]*```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\s*\\\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex(@"^\|.*$", RegexOptions.Multiline)]
    private static partial Regex TableRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<=^|[|;&]\s*|\$\(|do\s+)\s*(az [a-z].*?)(?=(?:[|;&]|\$\(|\bdo\b)\s*az [a-z]|$)")]
    private static partial Regex Command();

    [GeneratedRegex("^az (login|logout|version|bicep|account|rest) ")]
    private static partial Regex WithoutSubscription();
}
