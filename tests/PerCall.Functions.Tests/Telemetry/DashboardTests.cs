using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using PerCall.Functions.Telemetry;
using PerCall.LargeModels.Providers;
using PerCall.Testing;
using Xunit;

namespace PerCall.Functions.Tests.Telemetry;

/// <summary>Holds dashboards, alerts and the page on telemetry to the instruments that there are.</summary>
public sealed partial class DashboardTests
{
    private static readonly IReadOnlyList<Instrument> Own = Instruments();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Grafana_Queries_AskForMetricsThatThereAre()
    {
        using var dashboard = JsonDocument.Parse(await ReadAsync("infra", "grafana", "percall.json"));
        var asked = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(p => p.GetProperty("targets").EnumerateArray())
            .SelectMany(t => Series().Matches(Labels().Replace(t.GetProperty("expr").GetString()!, "")))
            .Select(m => m.Value)
            .ToHashSet(StringComparer.Ordinal);

        var own = Own.SelectMany(Exposed).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(asked.Where(a => !a.StartsWith("dotnet_", StringComparison.Ordinal)).Except(own));
        Assert.All(Own, i => Assert.True(asked.Overlaps(Exposed(i)), $"No panel has {i.Name}."));
    }

    [Fact]
    public async Task Workbook_Queries_AskForMetricsThatThereAre()
    {
        using var workbook = JsonDocument.Parse(await ReadAsync("infra", "workbook", "percall.workbook"));
        var asked = workbook.RootElement.GetProperty("items").EnumerateArray()
            .Select(i => i.GetProperty("content"))
            .Select(c => c.TryGetProperty("query", out var query) ? query.GetString()! : "")
            .SelectMany(q => Named().Matches(q))
            .Select(m => m.Groups[1].Value)
            .ToHashSet(StringComparer.Ordinal);

        Assert.Equal(Own.Select(i => i.Name).Order(StringComparer.Ordinal), asked.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Alerts_AskForMetricsThatThereAre()
    {
        var asked = Declared().Matches(await ReadAsync("infra", "metrics.bicep")).Select(m => m.Groups[1].Value).ToList();

        Assert.NotEmpty(asked);
        Assert.Empty(asked.Except(Own.Select(i => i.Name)));
    }

    [Fact]
    public async Task Page_OnTelemetry_ListsAllMetricsWithTheirUnits()
    {
        var page = await ReadAsync("docs", "telemetry.md");

        Assert.All(Own, i => Assert.Contains($"| `{i.Name}` | {i.Unit} |", page, StringComparison.Ordinal));
    }

    private static Task<string> ReadAsync(params string[] path) =>
        File.ReadAllTextAsync(Path.Combine([Repository.Root, .. path]), Cancellation);

    private static List<Instrument> Instruments()
    {
        RuntimeHelpers.RunClassConstructor(typeof(Measures).TypeHandle);
        RuntimeHelpers.RunClassConstructor(typeof(LargeModelMeasures).TypeHandle);
        List<Instrument> found = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (i, _) =>
            {
                if (i.Meter.Name is Measures.MeterName or LargeModelMeasures.MeterName)
                {
                    found.Add(i);
                }
            },
        };
        listener.Start();
        return found;
    }

    /// <summary>
    /// Names in Prometheus' text (OpenTelemetry, Prometheus and OpenMetrics Compatibility): the unit at the end, and what kind of series it
    /// is.
    /// </summary>
    private static IEnumerable<string> Exposed(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : "");
        return instrument switch
        {
            Histogram<double> => [$"{name}_bucket", $"{name}_sum", $"{name}_count"],
            Counter<long> => [$"{name}_total"],
            _ => [name],
        };
    }

    [GeneratedRegex(@"\b(http|faas|percall|dotnet)_[a-z_]+")]
    private static partial Regex Series();

    [GeneratedRegex(@"by \([^)]*\)|\{[^}]*\}")]
    private static partial Regex Labels();

    [GeneratedRegex("name == \"([^\"]+)\"")]
    private static partial Regex Named();

    // Names of dimensions are there too.
    [GeneratedRegex(@"^var (?!\w+Dimension)\w+ = '([^']+)'$", RegexOptions.Multiline)]
    private static partial Regex Declared();
}
