using PerCall.Hosting.Blobs;
using Xunit;

namespace PerCall.Hosting.Tests.Blobs;

public sealed class BlobPathPatternTests
{
    [Theory]
    [InlineData("inbox/{name}", "a.txt", "name=a.txt")]
    [InlineData("inbox/{name}", "deep/a.txt", "name=deep/a.txt")]
    [InlineData("inbox/{tenant}/{file}", "acme/x/y.csv", "tenant=acme,file=x/y.csv")]
    [InlineData(
        "inbox/{tenant}/{task}/{model}/{file}", "acme/classify/fashion/x.zip", "tenant=acme,task=classify,model=fashion,file=x.zip")]
    [InlineData("inbox/{tenant}/{task}/{model}/{file}", "acme/x.zip", null)]
    [InlineData("inbox/dir/{a}/{b}.{ext}", "dir/1/2.tar.gz", "a=1,b=2.tar,ext=gz")]
    [InlineData("inbox/dir/{a}/{b}.{ext}", "dir/1/2", null)]
    [InlineData("inbox/dir/{a}", "other/1", null)]
    [InlineData("inbox/exact.txt", "exact.txt", "")]
    [InlineData("inbox/exact.txt", "exactxtxt", null)]
    [InlineData("inbox", "anything", "name=anything")]
    [InlineData("inbox/{name}", "line\nbreak", "name=line\nbreak")]
    public void Match_BlobName_GivesTheNamesInBraces(string path, string blob, string? expected)
    {
        var pattern = BlobPathPattern.Parse(path, out var fault);
        Assert.Null(fault);

        var match = pattern!.Match(blob);

        Assert.Equal(expected, match is null ? null : string.Join(',', match.Select(p => $"{p.Key}={p.Value}")));
    }

    [Theory]
    [InlineData("inbox/dir/{a}/{b}", "dir/")]
    [InlineData("inbox/{a}", "")]
    [InlineData("inbox/exact.txt", "exact.txt")]
    public void Prefix_OfAPattern_IsWhatPrecedesTheFirstName(string path, string prefix) =>
        Assert.Equal(prefix, BlobPathPattern.Parse(path, out _)!.Prefix);

    [Theory]
    [InlineData("{container}/{name}")]
    [InlineData("In/{name}")]
    [InlineData("inbox/")]
    [InlineData("inbox/{a}/{A}")]
    [InlineData("inbox/{a-b}")]
    [InlineData("inbox/{a")]
    public void Parse_UnusablePath_SaysWhy(string path)
    {
        Assert.Null(BlobPathPattern.Parse(path, out var fault));
        Assert.NotNull(fault);
    }
}
