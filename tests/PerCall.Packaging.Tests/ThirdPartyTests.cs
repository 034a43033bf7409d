using PerCall.Testing;
using Xunit;

namespace PerCall.Packaging.Tests;

/// <summary>
/// Holds THIRD-PARTY.md to what is shipped: a package that is not in it, or in another version, fails. With <c>PERCALL_WRITE_DOCS=1</c> its
/// tables are written instead.
/// </summary>
public sealed class ThirdPartyTests
{
    private static readonly string Page = Path.Combine(Repository.Root, "THIRD-PARTY.md");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task Service_Packages_AreInTheTable() => HoldAsync("the service", Builds.Service());

    [Fact]
    public Task Commands_Packages_AreInTheTable() => HoldAsync("the commands", Builds.Commands());

    [Fact]
    public Task Extensions_PackagesBesidesTheServices_AreInTheTable()
    {
        var service = Builds.Service().Select(p => p.Key).ToHashSet();
        return HoldAsync("the extensions", [.. Builds.Published().Where(p => !service.Contains(p.Key))]);
    }

    private static async Task HoldAsync(string what, IReadOnlyList<ShippedPackage> packages)
    {
        var page = await File.ReadAllTextAsync(Page, Cancellation);
        var (begin, end) = ($"<!-- packages of {what} -->", $"<!-- end of {what} -->");
        var (from, to) = (page.IndexOf(begin, StringComparison.Ordinal) + begin.Length, page.IndexOf(end, StringComparison.Ordinal));
        Assert.True(from >= begin.Length && to > from, $"THIRD-PARTY.md has no place for the packages of {what}.");
        var table = string.Join(
            '\n',
            packages.Select(
                p =>
                    $"| {p.Id} | {p.Version} | {p.Licence.Replace(" OR ", " or ", StringComparison.Ordinal)} |").Prepend("|---|---|---|").Prepend("| package | version | licence |"));
        if (Environment.GetEnvironmentVariable("PERCALL_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(Page, $"{page[..from]}\n{table}\n{page[to..]}", Cancellation);
            return;
        }

        Assert.Equal(table, page[from..to].Trim());
    }
}
