using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>Bodies that come packed.</summary>
public sealed class ContentEncodingTests(Service service)
{
    private const string Path = "v1/text/classify";
    private const string Json = """{"model": "spam", "input": "You have WON! Click here to claim your free cash prize now"}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("identity")]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Post_OfAPackedBody_AnswersAsForThePlainOne(string encoding)
    {
        using var plain = await PostAsync(Encoding.UTF8.GetBytes(Json), null);
        using var packed = await PostAsync(Pack(encoding, Encoding.UTF8.GetBytes(Json)), encoding);

        Assert.Equal(HttpStatusCode.OK, packed.StatusCode);
        var (wanted, found) = (
            await plain.Content.ReadFromJsonAsync<JsonObject>(Cancellation),
            await packed.Content.ReadFromJsonAsync<JsonObject>(Cancellation));
        Assert.Equal(wanted!["results"]!.ToJsonString(), found!["results"]!.ToJsonString());
        Assert.Equal(wanted["usage"]!.ToJsonString(), found["usage"]!.ToJsonString());
    }

    [Fact]
    public async Task Post_OfAnUnknownEncoding_NamesItAndThoseThatAreRead()
    {
        using var response = await PostAsync(Encoding.UTF8.GetBytes(Json), "zstd");

        Assert.Equal("gzip, br, deflate", response.Headers.GetValues("Accept-Encoding").Single());
        await Problems.AssertAsync(response, 415, "unsupported_content_encoding", null, "'zstd'");
    }

    [Fact]
    public async Task Post_BodyInAnotherEncoding_IsRefused() =>
        await Problems.AssertAsync(await PostAsync(Encoding.UTF8.GetBytes(Json), "gzip"), 400, "damaged_body", null, "gzip");

    [Fact]
    public async Task Post_UnpackedBodyTooLarge_IsRefused() =>
        await Problems.AssertAsync(
            await PostAsync(Pack("gzip", new byte[50_000_000]), "gzip"),
            413,
            "body_too_large",
            null,
            "The body is too large; allowed for this call: at most");

    private static byte[] Pack(string encoding, byte[] content)
    {
        using var packed = new MemoryStream();
        Stream stream = encoding.ToLowerInvariant() switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => packed,
        };
        stream.Write(content);
        stream.Flush();
        if (stream != packed)
        {
            stream.Dispose();
        }

        return packed.ToArray();
    }

    private async Task<HttpResponseMessage> PostAsync(byte[] body, string? encoding)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return await service.Http.PostAsync(new Uri(Path, UriKind.Relative), content, Cancellation);
    }
}
