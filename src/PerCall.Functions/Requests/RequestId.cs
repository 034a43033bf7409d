using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace PerCall.Functions.Requests;

/// <summary>The caller's <c>x-request-id</c> when it is safe to log, else a new id.</summary>
public static partial class RequestId
{
    public const string Header = "x-request-id";

    public static string For(HttpRequest request) =>
        request.Headers.TryGetValue(Header, out var given) && given is [{ } id] && Harmless().IsMatch(id)
            ? id : Guid.CreateVersion7().ToString("n");

    [GeneratedRegex(@"^[A-Za-z0-9._:-]{1,128}\z")]
    private static partial Regex Harmless();
}
