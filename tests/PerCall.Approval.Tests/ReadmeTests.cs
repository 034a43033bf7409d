using System.Text.RegularExpressions;
using PerCall.Samples.Approval;
using PerCall.Testing;
using Xunit;

namespace PerCall.Approval.Tests;

/// <summary>The sample's README against its code.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task Settings_OfTheReadme_AreThoseOfTheCode()
    {
        var page = await File.ReadAllTextAsync(
            Path.Combine(Repository.Root, "samples", "Approval", "README.md"), TestContext.Current.CancellationToken);

        var written = Setting().Matches(page).Select(m => m.Groups[1].Value).Order();

        Assert.Equal(typeof(ApprovalOptions).GetProperties().Select(p => p.Name).Order(), written);
    }

    [GeneratedRegex(@"^\| `Approval__(\w+?)(?:__0)?` \|", RegexOptions.Multiline)]
    private static partial Regex Setting();
}
