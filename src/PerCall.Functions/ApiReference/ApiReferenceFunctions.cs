using System.IO.Compression;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Net.Http.Headers;
using Scalar.AspNetCore;

namespace PerCall.Functions.ApiReference;

/// <summary>Serves the API's description: the OpenAPI document and the page that shows it.</summary>
public sealed class ApiReferenceFunctions(ApiDocument document)
{
    private const string ScriptResource = "ScalarStaticAssets.scalar.js";

    private const string Start =
        "Scalar.createApiReference('#app', { url: '/openapi/v1.json', telemetry: false, withDefaultFonts: false, hideClientButton: true, "
        + "showDeveloperTools: 'never', modelsSectionLabel: 'Schemas', agent: { disabled: true } })";

    private const string Page = $"""
        <!doctype html>
        <html lang="en">
          <head>
            <title>PerCall API</title>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <link rel="icon" href="data:,">
          </head>
          <body>
            <div id="app"></div>
            <script src="/docs/scalar.js"></script>
            <script>{Start}</script>
          </body>
        </html>
        """;

    /// <summary>
    /// The page's Content-Security-Policy. It allows the page's two scripts, the second by its hash, and the styles that the first creates
    /// at run time. Requests from "try it" go to this service.
    /// </summary>
    private static readonly string Policy =
        $"default-src 'none'; script-src 'self' 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Start)))}'; "
        + "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    [Function("OpenApi")]
    public async Task<IResult> OpenApi(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "openapi/v1.json")] HttpRequest request,
        CancellationToken cancellation) =>
        TypedResults.Bytes(await document.ReadAsync(cancellation), MediaTypeNames.Application.Json);

    [Function("Docs")]
    public Task<IResult> Docs([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs")] HttpRequest request)
    {
        request.HttpContext.Response.Headers.ContentSecurityPolicy = Policy;
        return Task.FromResult<IResult>(TypedResults.Text(Page, "text/html; charset=utf-8"));
    }

    /// <summary>Serves Scalar's script from its package, so the page loads nothing from other hosts.</summary>
    [Function("DocsScript")]
    public Task<IResult> Script([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "docs/scalar.js")] HttpRequest request)
    {
        var script = typeof(ScalarOptions).Assembly.GetManifestResourceStream(ScriptResource)
            ?? throw new InvalidOperationException($"Scalar.AspNetCore has no resource {ScriptResource}.");
        var headers = request.HttpContext.Response.Headers;
        headers.CacheControl = "public, max-age=86400";
        headers.Vary = HeaderNames.AcceptEncoding;
        // The package stores it compressed.
        if (request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            headers.ContentEncoding = "gzip";
        }
        else
        {
            script = new GZipStream(script, CompressionMode.Decompress);
        }

        return Task.FromResult<IResult>(TypedResults.Stream(script, "text/javascript; charset=utf-8"));
    }
}
