using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Requests;

public sealed class RequestIdTests
{
    [Theory]
    [InlineData("abc-123")]
    [InlineData("A.b_c:d")]
    public void For_HarmlessId_IsKept(string id) => Assert.Equal(id, RequestId.For(Request(id)));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\nforged log line")]
    [InlineData("<script>")]
    public void For_IdThatIsUnfitForALog_IsReplaced(string id) => Assert.Matches("^[0-9a-f]{32}$", RequestId.For(Request(id)));

    [Fact]
    public void For_LongOrRepeatedId_IsReplaced()
    {
        Assert.Matches("^[0-9a-f]{32}$", RequestId.For(Request(new string('a', 129))));
        Assert.Matches("^[0-9a-f]{32}$", RequestId.For(Request("a", "b")));
        Assert.NotEqual(RequestId.For(Request()), RequestId.For(Request()));
    }

    private static HttpRequest Request(params string[] ids)
    {
        var request = new DefaultHttpContext().Request;
        if (ids.Length > 0)
        {
            request.Headers[RequestId.Header] = ids;
        }

        return request;
    }
}
