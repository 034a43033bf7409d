using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.OpenInference;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Tests.OpenInference;

/// <summary>Requests with tensors, and what reads them.</summary>
internal static class TensorCall
{
    public static Task<InferCall> ReadAsync(string json, byte[]? binary = null, OpenInferenceOptions? options = null) =>
        ReadAsync(Encoding.UTF8.GetBytes(json), binary, options);

    public static Task<InferCall> ReadAsync(byte[] json, byte[]? binary, OpenInferenceOptions? options = null)
    {
        var request = Request([.. json, .. binary ?? []]);
        if (binary is not null)
        {
            request.ContentType = "application/octet-stream";
            request.Headers[AnswerHeaders.JsonLength] = json.Length.ToString(CultureInfo.InvariantCulture);
        }

        return ReadAsync(request, options);
    }

    public static HttpRequest Request(byte[] body) => new DefaultHttpContext
    {
        Request = { Body = new MemoryStream(body), ContentLength = body.Length, ContentType = "application/json" },
    }.Request;

    public static Task<InferCall> ReadAsync(HttpRequest request, OpenInferenceOptions? options = null) =>
        new InferRequestReader(Options.Create(options ?? new())).ReadAsync(request, CancellationToken.None);

    /// <summary>One input <c>x</c>.</summary>
    public static string Json(string shape, string datatype, string data) =>
        $$$"""{"inputs": [{"name": "x", "shape": {{{shape}}}, "datatype": "{{{datatype}}}", "data": {{{data}}}}]}""";
}
