using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Transfers;

/// <summary>Section <c>PerCall:Transfers</c>.</summary>
public sealed class TransferOptions
{
    public const string Section = "PerCall:Transfers";

    /// <summary>
    /// Whether upload and download addresses lead to the service, which streams the bytes from and to storage. Needed if clients cannot
    /// reach the storage account, for example in a private network. If false, the addresses lead directly to storage.
    /// </summary>
    public bool ThroughService { get; set; }

    /// <summary>
    /// With `ThroughService`: the address by which clients reach the service, for example `https://api.example.com/`. Default: the host of
    /// each request, with `https` if `X-Forwarded-Proto` says so.
    /// </summary>
    public string? PublicAddress { get; set; }

    /// <summary>
    /// With `ThroughService`: maximum size of an upload in bytes. Default: on a Functions host, what the host accepts
    /// (`FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`, or 104,857,600); otherwise only the limits for packages and for stored bytes.
    /// </summary>
    [Range(1L << 20, 1L << 42)]
    public long? MaxBytes { get; set; }

    /// <summary>With `ThroughService`: concurrent uploads and downloads on an instance.</summary>
    [Range(1, 10_000)]
    public int AtOnce { get; set; } = 64;

    /// <summary>With `ThroughService`: concurrent uploads and downloads of one tenant on an instance.</summary>
    [Range(1, 10_000)]
    public int PerTenant { get; set; } = 8;
}

/// <summary>Checks what attributes cannot express.</summary>
public sealed class TransferOptionsCheck : IValidateOptions<TransferOptions>
{
    public ValidateOptionsResult Validate(string? name, TransferOptions options) =>
        options.PublicAddress is not { Length: > 0 } text
        || (Uri.TryCreate(text, UriKind.Absolute, out var address)
            && address is { Scheme: "https" or "http", Query: "", Fragment: "" })
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{TransferOptions.Section}:{nameof(TransferOptions.PublicAddress)} is '{options.PublicAddress}'; "
                    + "allowed: an absolute http or https address without a query.");
}
