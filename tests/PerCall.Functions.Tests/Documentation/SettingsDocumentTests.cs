using PerCall.Functions.Operators;
using PerCall.Functions.Telemetry;
using PerCall.Functions.Tenancy.Demo;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Documentation;

/// <summary>Holds docs/configuration.md to the options classes. With <c>PERCALL_WRITE_DOCS=1</c> its table is written instead.</summary>
public sealed class SettingsDocumentTests
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs", "configuration.md");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Configuration_Page_HoldsTheTableThatTheOptionsMake()
    {
        var page = await File.ReadAllTextAsync(Page, Cancellation);
        var (begin, end) = (
            page.IndexOf(SettingsTable.Begin, StringComparison.Ordinal) + SettingsTable.Begin.Length,
            page.IndexOf(SettingsTable.End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("PERCALL_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(Page, $"{page[..begin]}\n{SettingsTable.Render()}\n{page[end..]}", Cancellation);
            return;
        }

        Assert.Equal(SettingsTable.Render(), page[begin..end].Trim());
    }

    [Theory]
    [InlineData(OperatorKey.Setting)]
    [InlineData(OperatorKey.PreviousSetting)]
    [InlineData(DemoKey.Setting)]
    [InlineData(TelemetryServices.ApplicationInsights)]
    public async Task Configuration_Page_TellsOfWhatHasNoOptionsClass(string setting) =>
        Assert.Contains($"| `{setting}` |", await File.ReadAllTextAsync(Page, Cancellation), StringComparison.Ordinal);
}
