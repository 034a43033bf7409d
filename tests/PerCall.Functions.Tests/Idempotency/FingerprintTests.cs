using Microsoft.AspNetCore.Http;
using PerCall.Functions.Idempotency;
using Xunit;

namespace PerCall.Functions.Tests.Idempotency;

public sealed class FingerprintTests
{
    [Fact]
    public void Of_SameRequest_IsTheSame() =>
        Assert.Equal(Of("/v1/a", "?x=1", "image/png", "body"), Of("/v1/a", "?x=1", "image/png", "body"));

    [Theory]
    [InlineData("/v1/b", "?x=1", "image/png", "body")]
    [InlineData("/v1/a", "?x=2", "image/png", "body")]
    [InlineData("/v1/a", "?x=1", "image/jpeg", "body")]
    [InlineData("/v1/a", "?x=1", "image/png", "bodY")]
    [InlineData("/v1/a", "?x=1", "image/png", "")]
    public void Of_AnotherRequest_IsAnother(string path, string query, string type, string body) =>
        Assert.NotEqual(Of("/v1/a", "?x=1", "image/png", "body"), Of(path, query, type, body));

    [Fact]
    public void Of_FormWithAnotherBoundary_IsTheSame_AndWithOtherPartsAnother()
    {
        var form = Of("/v1/a", "", "multipart/form-data; boundary=one", "--one\r\na\r\n--one\r\nb\r\n--one--");

        Assert.Equal(form, Of("/v1/a", "", "multipart/form-data; boundary=\"another\"", "--another\r\na\r\n--another\r\nb\r\n--another--"));
        Assert.NotEqual(form, Of("/v1/a", "", "multipart/form-data; boundary=one", "--one\r\na\r\nb\r\n--one--"));
    }

    private static string Of(string path, string query, string type, string body)
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Path, request.QueryString, request.ContentType) = ("POST", path, new QueryString(query), type);
        return Fingerprint.Of(request, System.Text.Encoding.UTF8.GetBytes(body));
    }
}
