using System.Text.RegularExpressions;
using PerCall.Functions.Images;
using PerCall.Functions.Models;
using PerCall.Functions.Operators;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Documentation;

public sealed partial class SettingsDocumentTests
{
    private static readonly string[] NotOfTheApplication = ["AzureWebJobsStorage", "AZURE_FUNCTIONS_ENVIRONMENT", "PERCALL_ZOO"];

    [Fact]
    public async Task Configuration_Page_ListsEverySettingAndNoOther()
    {
        IEnumerable<string> read =
        [
            OperatorKey.Setting,
            .. typeof(ImageOptions).GetProperties().Select(p => $"{ImageOptions.Section}:{p.Name}"),
            .. typeof(ModelOptions).GetProperties().Select(p => $"{ModelOptions.Section}:{p.Name}"),
        ];
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "configuration.md"), TestContext.Current.CancellationToken);
        var written = Row().Matches(page).Select(m => m.Groups[1].Value).Where(s => !NotOfTheApplication.Any(n => s.StartsWith(n, StringComparison.Ordinal)));

        Assert.Equal(read.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("MaxBytes", 20_000_000)]
    [InlineData("MaxPixels", 40_000_000)]
    public async Task Configuration_Page_GivesTheDefaults(string setting, long value)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "configuration.md"), TestContext.Current.CancellationToken);

        Assert.Equal(value, Convert.ToInt64(typeof(ImageOptions).GetProperty(setting)!.GetValue(new ImageOptions()), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Contains($"| `PerCall:Images:{setting}` | {value} |", page, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\| `([^`]+)`", RegexOptions.Multiline)]
    private static partial Regex Row();
}
