using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using PerCall.Hosting.Configuration;
using PerCall.Testing;
using Xunit;

namespace PerCall.Hosting.Tests.Configuration;

public sealed partial class HostingOptionsTests
{
    public static TheoryData<string, string, string> Ranges => new()
    {
        { "MessageLease", "00:00:02", "7.00:00:00" },
        { "SingletonLease", "00:00:15", "00:01:00" },
        { "SingletonRetry", "00:00:00.1000000", "00:01:00" },
        { "AnswerTimeout", "00:00:01", "00:05:00" },
        { "StartTimeout", "00:00:01", "00:05:00" },
        { "ListenerDelay", "00:00:00", "00:01:00" },
        { "FaultPause", "00:00:00.1000000", "00:01:00" },
        { "BlobScanInterval", "00:00:00.1000000", "01:00:00" },
        { "GracePeriod", "00:00:00", "00:01:00" },
        { "CancellationPeriod", "00:00:00", "00:01:00" },
        { "ReceivePeriod", "00:00:00", "00:01:00" },
        { "GiveBackPeriod", "00:00:01", "00:05:00" },
    };

    [Fact]
    public async Task Settings_AreThoseOfTheDocumentation()
    {
        var path = Path.Combine(Repository.Root, "docs", "hosting.md");
        var page = await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);
        var table = page[page.IndexOf("| setting | default | range | |", StringComparison.Ordinal)..];
        var documented = Rows().Matches(table[..table.IndexOf("\n\n", StringComparison.Ordinal)]).Select(m => m.Groups[1].Value);

        Assert.Equal(
            typeof(HostingOptions).GetProperties().Select(p => p.Name).Order(StringComparer.Ordinal),
            documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_NothingIsSet_AreTheDefaults()
    {
        var faults = new List<string>();

        Assert.Equal(new HostingOptions(), HostingOptions.Read(new ConfigurationBuilder().Build(), faults));
        Assert.Empty(faults);
    }

    [Theory]
    [MemberData(nameof(Ranges))]
    public void Read_Duration_IsTakenUpToItsBoundsAndRefusedBeyond(string setting, string least, string most)
    {
        foreach (var bound in (string[])[least, most])
        {
            var (options, faults) = Read(setting, bound);
            Assert.Empty(faults);
            var value = typeof(HostingOptions).GetProperty(setting)!.GetValue(options);
            Assert.Equal(TimeSpan.Parse(bound, CultureInfo.InvariantCulture), value);
        }

        var tick = TimeSpan.FromTicks(1);
        var below = TimeSpan.Parse(least, CultureInfo.InvariantCulture) - tick;
        var above = TimeSpan.Parse(most, CultureInfo.InvariantCulture) + tick;
        foreach (var beyond in (TimeSpan[])[below, above])
        {
            var (_, faults) = Read(setting, beyond.ToString());
            Assert.Equal(
                $"PerCall:Hosting: {setting} is '{beyond}'; allowed: a duration hh:mm:ss from {least} to {most}.", Assert.Single(faults));
        }
    }

    private static (HostingOptions Options, List<string> Faults) Read(string setting, string value)
    {
        var faults = new List<string>();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new($"{HostingOptions.SectionName}:{setting}", value)])
            .Build();
        return (HostingOptions.Read(configuration, faults), faults);
    }

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
