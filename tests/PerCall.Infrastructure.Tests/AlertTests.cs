using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using System.Xml;
using PerCall.Functions.Telemetry;
using Xunit;

namespace PerCall.Infrastructure.Tests;

/// <summary>Alerts that somebody sees, on data that the service sends and on its absence.</summary>
public sealed partial class AlertTests
{
    private const string LogAlert = "Microsoft.Insights/scheduledQueryRules";
    private const string MetricAlert = "Microsoft.Insights/metricAlerts";
    private const string Group = "Microsoft.Insights/actionGroups";

    // Chores run at least each 15 minutes; one round may be lost with its instance, and what it sent takes minutes to arrive.
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(45);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> All => Combinations.All;

    [Fact]
    public async Task Metrics_AreWhatAlertsAskFor()
    {
        var names = Value().Matches(await File.ReadAllTextAsync(Path.Combine(Bicep.Folder, "metrics.bicep"), Cancellation)).ToDictionary(
            m => m.Groups[1].Value, m => m.Groups[2].Value);
        var queries = Rules(await Combinations.GetAsync("functions open")).Values.Select(r => r.Query).ToList();

        Assert.All(names.Values, name => Assert.Contains(queries, q => q.Contains($"\"{name}\"", StringComparison.Ordinal)));
        // And no query names a metric by itself.
        Assert.All(
            queries.SelectMany(q => Named().Matches(q)).Select(m => m.Groups[1].Value), name => Assert.Contains(name, names.Values));
        var sent = Sent();
        Assert.All(names.Where(n => !n.Key.EndsWith("Dimension", StringComparison.Ordinal)), n => Assert.Contains(n.Value, sent.Keys));
        Assert.Equal([names["queueDimension"]], sent[names["queueLength"]]);
        Assert.Equal([names["classDimension"]], sent[names["responses"]]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Alerts_GoToTheOperatorsGroup(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);
        // The other one stops the app, and only a budget calls it.
        var group = deployment.OfType(Group).Single(g => !g.Name.StartsWith("ag-stop-", StringComparison.Ordinal)).Id;

        Assert.NotEmpty(deployment.OfType(MetricAlert));
        Assert.All(deployment.OfType(LogAlert), r => Assert.Equal(group, (string?)r["actions"]!["actionGroups"]!.AsArray().Single()));
        // Of another module, it is known by the output that it is.
        Assert.All(deployment.OfType(MetricAlert), r => Assert.True(
            (string?)r["actions"]!.AsArray().Single()!["actionGroupId"] is { } to
                && (to == group || to.Contains("outputs.actionGroupId.value", StringComparison.Ordinal)), r.ToString()));
        Assert.All(
            deployment.OfType(LogAlert).Concat(deployment.OfType(MetricAlert)), r => Assert.True((bool)r["enabled"]!, r.ToString()));
    }

    [Theory]
    [InlineData("", "operator@example.com")]
    [InlineData("param operatorEmail2 = 'second@example.com'", "operator@example.com", "second@example.com")]
    public async Task Alerts_SecondReceiver_GetsThemToo(string given, params string[] expected)
    {
        var group = (await Bicep.PredictAsync("main.bicep", $"{Combinations.Always}\n{given}")).Single(Group);

        Assert.Equal(expected, group["emailReceivers"]!.AsArray().Select(r => (string)r!["emailAddress"]!));
        Assert.Equal(expected.Length, group["emailReceivers"]!.AsArray().Select(r => (string)r!["name"]!).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Errors_AreOfHttpAlone_AndUnsampled(string combination)
    {
        var query = Rules(await Combinations.GetAsync(combination))["errors"].Query;

        // Traces are sampled, and have the host's messages and timers among the requests.
        Assert.StartsWith("AppMetrics ", query, StringComparison.Ordinal);
        Assert.Contains("\"percall.http.responses\"", query, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Absence_OfWhatRunsWithoutCalls_IsSeen(string combination)
    {
        var rules = Rules(await Combinations.GetAsync(combination));
        var absent = rules.Values.Where(r => r.Operator == "LessThan").ToList();
        // Without a replica that wakes, silence is by design.
        var isSilent = !Combinations.IsFunctions(combination) && Combinations.Has(combination, "asleep")
            && !Combinations.Has(combination, "ready");

        Assert.Equal(
            isSilent ? [] : ["percall.chores.rounds", "percall.jobs.oldest_age", "percall.journal.lag"],
            absent.Select(r => Named().Match(r.Query).Groups[1].Value).Order(StringComparer.Ordinal));
        Assert.All(absent, r =>
        {
            // A count without "by" is one row with 0 where no record has come; any filter after it could take the row away.
            Assert.EndsWith("| summarize value = count()", r.Query, StringComparison.Ordinal);
            Assert.Equal(1, r.Threshold);
        });
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Windows_FitAnIdleService(string combination) => Assert.All(
        Rules(await Combinations.GetAsync(combination)).Values.Where(
            r => Chores().IsMatch(r.Query)), r => Assert.True(r.Window > Quiet, $"{r.Query} looks {r.Window} back."));

    [Theory]
    [InlineData("", 1)]
    [InlineData("param host = 'containerapps'\nparam image = 'x/y:1'", 2)]
    [InlineData("param host = 'containerapps'\nparam image = 'x/y:1'\nparam minimumReplicas = 1", 1)]
    [InlineData("param host = 'containerapps'\nparam image = 'x/y:1'\nparam wakeHourly = false", 0)]
    public async Task Absence_IsAsLongAsNothingRunsByDesign(string given, int hours)
    {
        var deployment = await Bicep.PredictAsync("main.bicep", $"{Combinations.Always}\n{given}");

        Assert.Equal(
            hours == 0 ? [] : [TimeSpan.FromHours(hours)],
            Rules(deployment).Values.Where(r => r.Operator == "LessThan").Select(r => r.Window).Distinct());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task DailyCap_IsToldOf_AndEightyPercentOfIt(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);
        var rules = Rules(deployment);
        var cap = (int)deployment.Single("Microsoft.OperationalInsights/workspaces")["workspaceCapping"]!["dailyQuotaGb"]!;

        Assert.Contains("OverQuota", rules["log-cap"].Query, StringComparison.Ordinal);
        Assert.Equal(0, rules["log-cap"].Threshold);
        Assert.StartsWith("Usage | where IsBillable", rules["log-cap-near"].Query, StringComparison.Ordinal);
        Assert.Equal((cap * 800, TimeSpan.FromDays(1)), (rules["log-cap-near"].Threshold, rules["log-cap-near"].Window));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task PlatformMetrics_OfHostStorageAndVault_AreWatchedWithoutLogs(string combination)
    {
        var deployment = await Combinations.GetAsync(combination);
        var watched = deployment.OfType(MetricAlert).Where(r => r["criteria"]!["allOf"] is not null).Select(
            r => $"{r["criteria"]!["allOf"]![0]!["metricNamespace"]} {r["criteria"]!["allOf"]![0]!["metricName"]}").ToList();

        string[] host = Combinations.IsFunctions(combination)
            ? ["Microsoft.Web/sites Http5xx"] : ["Microsoft.App/containerapps Requests", "Microsoft.App/containerapps RestartCount"];
        string[] expected =
        [
            .. host, "Microsoft.KeyVault/vaults Availability",
            .. deployment.OfType("Microsoft.Storage/storageAccounts").Select(_ => "Microsoft.Storage/storageAccounts Availability"),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), watched.Order(StringComparer.Ordinal));
        // Every Azure metric that is exported is a record that is paid for; the alerts above need none.
        Assert.All(deployment.OfType("Microsoft.Insights/diagnosticSettings"), d => Assert.Null(d["metrics"]));
    }

    [Theory]
    [InlineData("functions open", false)]
    [InlineData("dev.bicepparam", false)]
    [InlineData("prod.bicepparam", true)]
    public async Task AvailabilityTest_IsMadeWhereItIsWanted(string combination, bool expected)
    {
        var deployment = await Combinations.GetAsync(combination);
        var alert = deployment.OfType(MetricAlert).SingleOrDefault(r => r["criteria"]!["webTestId"] is not null);

        Assert.Equal(expected, alert is not null);
        if (alert is null)
        {
            Assert.Empty(deployment.OfType("Microsoft.Insights/webtests"));
            return;
        }

        var test = deployment.Single("Microsoft.Insights/webtests");
        Assert.Equal("standard", (string?)test["Kind"]);
        Assert.Contains("/health/ready", (string)test["Request"]!["RequestUrl"]!, StringComparison.Ordinal);
        Assert.Equal(200, (int)test["ValidationRules"]!["ExpectedHttpStatusCode"]!);
        Assert.Equal(test.Id, (string?)alert["criteria"]!["webTestId"]);
        // One place can be cut off by itself.
        Assert.InRange((int)alert["criteria"]!["failedLocationCount"]!, 2, test["Locations"]!.AsArray().Count - 1);
    }

    private static Dictionary<string, Rule> Rules(Deployment deployment) => deployment.OfType(LogAlert).ToDictionary(
        r => Short().Match(r.Name).Groups[1].Value, r =>
        {
            var criterion = r["criteria"]!["allOf"]![0]!;
            return new Rule(
                (string)criterion["query"]!, (string)criterion["operator"]!, (double)criterion["threshold"]!,
                XmlConvert.ToTimeSpan((string)r["windowSize"]!));
        });

    /// <summary>What the service sends, with the dimensions of each.</summary>
    private static Dictionary<string, string[]> Sent()
    {
        var sent = new Dictionary<string, string[]>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == Measures.MeterName)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>(
            (instrument, _, tags, _) => sent[instrument.Name] = [.. tags.ToArray().Select(t => t.Key)]);
        listener.SetMeasurementEventCallback<long>(
            (instrument, _, tags, _) => sent[instrument.Name] = [.. tags.ToArray().Select(t => t.Key)]);
        listener.Start();
        Measures.QueueLength("plan", 1);
        Measures.OldestJobAge(TimeSpan.FromSeconds(1));
        Measures.JournalIsBehind(TimeSpan.FromSeconds(1));
        Measures.Response(500);
        Measures.ChoreRound(complete: true);
        listener.RecordObservableInstruments();
        return sent;
    }

    private sealed record Rule(string Query, string Operator, double Threshold, TimeSpan Window);

    [GeneratedRegex(@"^var (\w+) = '([^']+)'$", RegexOptions.Multiline)]
    private static partial Regex Value();

    [GeneratedRegex("Name == \"([^\"]+)\"")]
    private static partial Regex Named();

    [GeneratedRegex("percall\\.(chores|queue|jobs|journal)\\.")]
    private static partial Regex Chores();

    // The rest of the name is the deployment's, which ends with six characters that Azure works out.
    [GeneratedRegex(@"^alert-percall-\w+-(?:[^-]*)-(.+)$")]
    private static partial Regex Short();
}
