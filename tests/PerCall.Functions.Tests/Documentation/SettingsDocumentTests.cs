using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using PerCall.Functions.Operators;
using PerCall.Functions.Tenancy.Demo;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Documentation;

public sealed partial class SettingsDocumentTests
{
    private static readonly string[] NotOfTheApplication = ["AzureWebJobsStorage", "AZURE_FUNCTIONS_ENVIRONMENT", "PERCALL_ZOO"];

    public static TheoryData<string, object> Defaults => [.. Options().SelectMany(o => Properties(o)
        .Select(p => (Setting: $"{o.Section}:{p.Name}", Default: p.GetValue(Activator.CreateInstance(o.Type))))
        .Where(p => p.Default is not null)
        .Select(p => new TheoryDataRow<string, object>(p.Setting, p.Default!)))];

    [Fact]
    public async Task Configuration_Page_ListsEverySettingAndNoOther()
    {
        IEnumerable<string> read = [OperatorKey.Setting, DemoKey.Setting, .. Options().SelectMany(o => Properties(o).Select(p => $"{o.Section}:{p.Name}"))];
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "configuration.md"), TestContext.Current.CancellationToken);
        var written = Row().Matches(page).Select(m => m.Groups[1].Value).Where(s => !NotOfTheApplication.Any(n => s.StartsWith(n, StringComparison.Ordinal)));

        Assert.Equal(read.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Defaults))]
    public async Task Configuration_Page_GivesTheDefaults(string setting, object value)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "configuration.md"), TestContext.Current.CancellationToken);

        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"| `{setting}` | {value} |"), page, StringComparison.Ordinal);
    }

    /// <summary>The options classes of the slices: those that name a section.</summary>
    private static IEnumerable<(Type Type, string Section)> Options() => typeof(OperatorKey).Assembly.GetTypes()
        .Select(t => (t, Section: t.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string))
        .Where(t => t.Section is not null && t.t.Name.EndsWith("Options", StringComparison.Ordinal))
        .Select(t => (t.t, t.Section!));

    private static PropertyInfo[] Properties((Type Type, string Section) options) => options.Type.GetProperties();

    [GeneratedRegex(@"^\| `([^`]+)`", RegexOptions.Multiline)]
    private static partial Regex Row();
}
