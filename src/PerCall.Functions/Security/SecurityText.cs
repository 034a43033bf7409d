using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Security;

/// <summary>Where faults of security are reported, in the form of RFC 9116.</summary>
public sealed class SecurityText(IOptions<SecurityOptions> options, TimeProvider time)
{
    /// <summary>The form asks for less than a year; whoever reads it later reads it again.</summary>
    private static readonly TimeSpan Valid = TimeSpan.FromDays(180);

    private readonly SecurityOptions _options = options.Value;

    /// <exception cref="RefusedException">404: the service's operator has named no contact.</exception>
    public string Write() => string.IsNullOrEmpty(_options.Contact)
        ? throw new RefusedException(
            StatusCodes.Status404NotFound, "path_not_found", "The operator of this service has not set a security contact.")
        : string.Create(
            CultureInfo.InvariantCulture,
            $"Contact: {_options.Contact}\nExpires: {time.GetUtcNow().Date + Valid:yyyy-MM-ddTHH:mm:ssZ}\nPreferred-Languages: en\n");
}
