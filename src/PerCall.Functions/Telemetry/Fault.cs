using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Telemetry;

/// <summary>Attaches the error code of a rejected request to it, for the metrics.</summary>
public static class Fault
{
    private static readonly object Key = new();

    public static void Note(HttpContext http, string? code) => http.Items[Key] = code;

    public static string? Of(HttpContext http) => http.Items[Key] as string;
}
