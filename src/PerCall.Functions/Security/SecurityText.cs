using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Security;

/// <summary>Writes <c>security.txt</c>, the contact for security reports, in the format of RFC 9116.</summary>
public sealed class SecurityText(IOptions<SecurityOptions> options, TimeProvider time)
{
    /// <summary>RFC 9116 recommends less than a year. The file is generated at each request, so its expiry moves on.</summary>
    private static readonly TimeSpan Valid = TimeSpan.FromDays(180);

    private readonly SecurityOptions _options = options.Value;

    /// <exception cref="RefusedException">404: the operator has not configured a contact.</exception>
    public string Write() => string.IsNullOrEmpty(_options.Contact)
        ? throw new RefusedException(
            StatusCodes.Status404NotFound, "path_not_found", "The operator of this service has not set a security contact.")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"Contact: {_options.Contact}\nExpires: {time.GetUtcNow().Date + Valid:yyyy-MM-ddTHH:mm:ssZ}\nPreferred-Languages: en\n");
}
