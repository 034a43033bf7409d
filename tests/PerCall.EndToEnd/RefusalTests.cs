using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace PerCall.EndToEnd;

/// <summary>What bad input gets: a 4xx that names the fault, in problem details, and a service that is none the worse for it.</summary>
public sealed class RefusalTests(Service service)
{
    private const string Path = "v1/images/classify?model=fashion";
    private static readonly byte[] Boot = File.ReadAllBytes(Service.Sample("fashion", "ankle-boot.png"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_NotAnImage_IsRefused() =>
        await Problems.AssertAsync(
            await PostAsync(Path, "image/png", "these are words"u8.ToArray()), 400, "not_an_image", "image",
            "allowed: JPEG, PNG, WebP, GIF, BMP");

    [Fact]
    public async Task Post_NoBytes_IsRefused() =>
        await Problems.AssertAsync(await PostAsync(Path, "image/png", []), 400, "empty_image", "image", "no bytes were sent");

    [Fact]
    public async Task Post_TruncatedImage_IsRefused() =>
        await Problems.AssertAsync(
            await PostAsync(Path, "image/png", Boot[..(Boot.Length / 2)]), 400, "truncated_image", "image", "its data is incomplete");

    [Fact]
    public async Task Post_HugeHeader_IsRefusedBeforeDecoding()
    {
        var huge = (byte[])Boot.Clone();
        BinaryPrimitives.WriteInt32BigEndian(huge.AsSpan(16), 50_000);
        BinaryPrimitives.WriteInt32BigEndian(huge.AsSpan(20), 50_000);
        // The decoder checks the header's checksum before it believes the size.
        BinaryPrimitives.WriteUInt32BigEndian(huge.AsSpan(29), System.IO.Hashing.Crc32.HashToUInt32(huge.AsSpan(12, 17)));

        await Problems.AssertAsync(
            await PostAsync(Path, "image/png", huge), 400, "image_too_large", "image",
            "50000 × 50000 = 2,500,000,000 pixels; allowed: at most 40,000,000");
    }

    [Fact]
    public async Task Post_OtherImageFormat_IsRefusedByName() =>
        await Problems.AssertAsync(
            await PostAsync(Path, "image/tiff", "II*\0........"u8.ToArray()), 415, "unsupported_image", "image", "a TIFF file");

    [Theory]
    [InlineData(21_000_000, true)]
    [InlineData(21_000_000, false)]
    [InlineData(120_000_000, true)]
    public async Task Post_BodyOverTheLimit_IsRefused(int bytes, bool declared)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new ByteArrayContent(new byte[bytes]) };
        request.Content.Headers.ContentType = new("image/png");
        request.Headers.TransferEncodingChunked = !declared;
        // Without this the client may still be sending when the connection is closed on it.
        request.Headers.ExpectContinue = declared;

        await Problems.AssertAsync(
            await service.Http.SendAsync(request, Cancellation), 413, "body_too_large", "image", "allowed: at most 20,000,000 bytes");
    }

    [Theory]
    [InlineData("v1/images/classify?model=nothing", 404, "model_not_found", "model", "Model 'nothing' not found")]
    [InlineData("v1/images/classify?model=fashion/9", 404, "version_not_found", "model", "no version '9'")]
    [InlineData("v1/images/classify?model=../fashion", 404, "model_not_found", "model", "is not a model reference")]
    [InlineData("v1/images/classify", 400, "missing_model", "model", "'model' is missing")]
    [InlineData("v1/images/classify?model=fashion&top_k=0", 400, "invalid_top_k", "top_k", "'top_k' is 0; allowed: 1 to 1000")]
    [InlineData("v1/images/classify?model=fashion&top_k=-1", 400, "invalid_top_k", "top_k", "'top_k' is -1")]
    [InlineData("v1/images/classify?model=fashion&top_k=many", 400, "invalid_top_k", "top_k", "'top_k' is 'many'; expected a whole number")]
    [InlineData("v1/images/classify?model=fashion&top_k=99999999999", 400, "invalid_top_k", "top_k", "expected a whole number")]
    public async Task Post_WrongParameter_IsNamed(string path, int status, string code, string param, string detail) =>
        await Problems.AssertAsync(await PostAsync(path, "image/png", Boot), status, code, param, detail);

    [Theory]
    [InlineData("text/plain", "allowed: image/*, application/octet-stream, multipart/form-data, application/json")]
    [InlineData("application/x-www-form-urlencoded", "-H 'content-type: image/jpeg'")]
    public async Task Post_WrongContentType_NamesTheAllowedOnes(string contentType, string detail) =>
        await Problems.AssertAsync(await PostAsync(Path, contentType, Boot), 415, "unsupported_content_type", null, detail);

    [Theory]
    [InlineData("{\"image\": ", "malformed_json", "image")]
    [InlineData("[1, 2]", "malformed_json", null)]
    [InlineData("{\"image\": 7}", "malformed_json", "image")]
    [InlineData("null", "malformed_json", null)]
    [InlineData("{}", "missing_image", "image")]
    [InlineData("{\"image\": \"no base64!\"}", "malformed_base64", "image")]
    [InlineData("{\"image\": \"aGVsbG8=\"}", "not_an_image", "image")]
    public async Task Post_WrongJson_SaysWhat(string body, string code, string? param) =>
        await Problems.AssertAsync(await PostAsync(Path, "application/json", Encoding.UTF8.GetBytes(body)), 400, code, param, "");

    [Fact]
    public async Task Post_WrongMultipart_SaysWhat()
    {
        await Problems.AssertAsync(
            await PostAsync(Path, "multipart/form-data; boundary=x", "no boundary here"u8.ToArray()), 400, "malformed_multipart", null, "");
        using var form = new MultipartFormDataContent { { new StringContent("fashion"), "model" } };
        await Problems.AssertAsync(
            await service.Http.PostAsync(new Uri(Path, UriKind.Relative), form, Cancellation), 400, "one_image_expected", "image",
            "has 0 files");
    }

    [Fact]
    public async Task Send_WrongPathOrMethod_SaysWhat()
    {
        await Problems.AssertAsync(
            await service.Http.GetAsync(new Uri("v1/nothing", UriKind.Relative), Cancellation), 404, "path_not_found", null, "/docs lists");
        using var wrong = await service.Http.DeleteAsync(new Uri("v1/models", UriKind.Relative), Cancellation);
        Assert.Equal(["GET"], wrong.Content.Headers.Allow);
        await Problems.AssertAsync(wrong, 405, "method_not_allowed", null, "DELETE is not allowed on this path; allowed: GET");
    }

    [Fact]
    public async Task Post_ManyRefusals_DoNotGrowMemory()
    {
        const int Rounds = 400;
        const int BodyBytes = 1 << 20;
        const long MostGrowth = 200 << 20;
        // Its managed heap cannot take the bodies of half the refusals: if they stayed there, calls would fail. Native memory would show as
        // growth.
        await using var instance = await service.StartAnotherAsync(("DOTNET_GCHeapHardLimit", $"{160 << 20:x}"));
        using var http = service.HttpFor(instance.Address);
        byte[][] bodies = [[.. Boot[..100], .. new byte[BodyBytes]], new byte[BodyBytes], [.. "words"u8, .. new byte[BodyBytes]]];
        async Task RefuseAsync(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                using var content = new ByteArrayContent(bodies[i % bodies.Length]);
                content.Headers.ContentType = new("image/png");
                using var response = await http.PostAsync(new Uri(Path, UriKind.Relative), content, Cancellation);
                Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            }
        }

        await RefuseAsync(Rounds / 10);
        using var process = Process.GetProcessById(instance.Id);
        var before = process.WorkingSet64;
        await RefuseAsync(Rounds);
        process.Refresh();

        Assert.True(
            process.WorkingSet64 - before < MostGrowth, $"Resident memory went from {before:N0} to {process.WorkingSet64:N0} bytes.");
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string contentType, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return await service.Http.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation);
    }

}
