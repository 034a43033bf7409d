using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;
using Xunit;

namespace PerCall.Functions.Tests.Requests;

public sealed class IdempotencyKeyTests
{
    [Theory]
    [InlineData("\"8e03978e-40d5\"", "8e03978e-40d5")]
    [InlineData("8e03978e-40d5", "8e03978e-40d5")]
    [InlineData("  \"a b\" ", "a b")]
    [InlineData("\"a\\\"b\\\\c\"", "a\"b\\c")]
    public void Of_KeyOfAForm_IsRead(string header, string key) => Assert.Equal(key, IdempotencyKey.Of(Request(header)));

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("\"open")]
    [InlineData("open\"")]
    [InlineData("\"a\";p=1")]
    [InlineData("\"a\\n\"")]
    [InlineData("\"ü\"")]
    [InlineData("\"tab\there\"")]
    public void Of_KeyOfNoForm_IsRefused(string header) =>
        Assert.Equal("invalid_idempotency_key", Assert.Throws<RefusedException>(() => IdempotencyKey.Of(Request(header))).Code);

    [Fact]
    public void Of_LongOrTwice_IsRefused()
    {
        Assert.NotNull(IdempotencyKey.Of(Request(new string('k', 255))));
        Assert.Throws<RefusedException>(() => IdempotencyKey.Of(Request(new string('k', 256))));
        Assert.Throws<RefusedException>(() => IdempotencyKey.Of(Request("a", "b")));
        Assert.Null(IdempotencyKey.Of(new DefaultHttpContext().Request));
    }

    private static HttpRequest Request(params string[] values)
    {
        var http = new DefaultHttpContext();
        http.Request.Headers[IdempotencyKey.Header] = values;
        return http.Request;
    }
}
