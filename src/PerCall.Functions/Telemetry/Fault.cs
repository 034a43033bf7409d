using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Telemetry;

/// <summary>Keeps with a request the code it was refused with, so that it can be counted.</summary>
public static class Fault
{
    private static readonly object Key = new();

    public static void Note(HttpContext http, string? code) => http.Items[Key] = code;

    public static string? Of(HttpContext http) => http.Items[Key] as string;
}
