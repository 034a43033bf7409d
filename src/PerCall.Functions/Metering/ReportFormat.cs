using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Metering;

/// <summary>The form in which a report is asked for.</summary>
public static class ReportFormat
{
    public const string Json = "json";
    public const string Csv = "csv";
    public const string Html = "html";

    /// <summary>What <c>format</c> says, else the first type of <c>Accept</c> that there is, else JSON.</summary>
    /// <exception cref="RefusedException">400: <c>format</c> says something else.</exception>
    public static string Of(HttpRequest request, params string[] known)
    {
        if (request.Query["format"].ToString() is { Length: > 0 } asked)
        {
            return known.FirstOrDefault(k => k == asked)
                ?? throw RefusedException.BadRequest(
                    "invalid_format", $"'format' is '{Page.Short(asked)}'; allowed: {string.Join(", ", known)}.", "format");
        }

        return MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
            ? accepted.OrderByDescending(a => a.Quality ?? 1).Select(
                a => FormatOf(a.MediaType.Value)).FirstOrDefault(f => known.Contains(f)) ?? Json
            : Json;
    }

    private static string? FormatOf(string? mediaType) => mediaType switch
    {
        "application/json" => Json,
        "text/csv" => Csv,
        "text/html" => Html,
        _ => null,
    };
}
