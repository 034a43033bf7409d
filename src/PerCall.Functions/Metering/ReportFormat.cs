using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Metering;

/// <summary>Chooses the format of a report.</summary>
public static class ReportFormat
{
    public const string Json = "json";
    public const string Csv = "csv";
    public const string Html = "html";

    /// <summary>Returns the query parameter <c>format</c>; else the first known type of the header <c>Accept</c>; else JSON.</summary>
    /// <exception cref="RefusedException">400: <c>format</c> is not a known format.</exception>
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
