using Microsoft.AspNetCore.Http;
using PerCall.Functions.Predictions;
using Xunit;

namespace PerCall.Functions.Tests.Predictions;

public sealed class PreferredWaitTests
{
    [Theory]
    [InlineData("wait=1", 1)]
    [InlineData("wait=60", 60)]
    [InlineData("wait=61", 60)]
    [InlineData("wait=999999999", 60)]
    [InlineData("respond-async, wait=10", 10)]
    [InlineData("wait=10, respond-async", 10)]
    [InlineData("Wait = \"10\"; foo", 10)]
    [InlineData("wait=0", null)]
    [InlineData("wait=-1", null)]
    [InlineData("wait=1.5", null)]
    [InlineData("wait=9999999999", null)]
    [InlineData("await=10", null)]
    [InlineData("wait", null)]
    [InlineData("", null)]
    public void Of_Header_IsSecondsWithinItsRange(string header, int? seconds)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers["Prefer"] = header;

        Assert.Equal(seconds, PreferredWait.Of(http.Request));
    }
}
