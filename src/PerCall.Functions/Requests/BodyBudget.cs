using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Requests;

/// <summary>
/// The memory budget for the bodies of all requests. An account may use at most half of it, so it cannot lock out the others. An announced
/// length reserves nothing: memory is reserved as bytes arrive.
/// </summary>
public sealed class BodyBudget(IOptions<RequestOptions> options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _accounts = new(StringComparer.Ordinal);
    private long _held;

    /// <summary>The budget in bytes.</summary>
    public long Bytes { get; } = options.Value.BodyByteCount();

    /// <summary>Bytes in use.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <param name="account">The account of the request; empty when there is none.</param>
    /// <param name="bytes">Additional bytes to reserve.</param>
    /// <exception cref="RefusedException">503: the budget has too few bytes left.</exception>
    public void Hold(string account, long bytes)
    {
        lock (_lock)
        {
            var own = _accounts.GetValueOrDefault(account) + bytes;
            if (_held + bytes > Bytes || own > Bytes / 2)
            {
                throw Full(own > Bytes / 2);
            }

            (_accounts[account], _held) = (own, _held + bytes);
        }
    }

    public void Release(string account, long bytes)
    {
        lock (_lock)
        {
            _held -= bytes;
            if ((_accounts[account] -= bytes) == 0)
            {
                _accounts.Remove(account);
            }
        }
    }

    private RefusedException Full(bool own) => RefusedException.TryAgain(
        StatusCodes.Status503ServiceUnavailable,
        "bodies_exceed_memory",
        string.Create(
            CultureInfo.InvariantCulture,
            $"The bodies of {(own ? "this tenant's running calls" : "running calls")} use all {(own ? Bytes / 2 : Bytes):N0} bytes that "
                + $"this instance has for them; try again."),
        TimeSpan.FromSeconds(2));
}
