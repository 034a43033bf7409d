using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Requests;

/// <summary>
/// The memory that bodies of all requests may have together. One account has half of it at most, so that none keeps the others out. What a
/// request announces costs nothing: memory is taken as bytes come.
/// </summary>
public sealed class BodyBudget(IOptions<RequestOptions> options)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _accounts = new(StringComparer.Ordinal);
    private long _held;

    /// <summary>Bytes in all.</summary>
    public long Bytes { get; } = options.Value.BodyByteCount();

    /// <summary>Bytes that are held now.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <param name="account">Whose request it is; empty: nobody's.</param>
    /// <param name="bytes">How many more.</param>
    /// <exception cref="RefusedException">503: there are not so many left.</exception>
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
                + "this instance has for them; try again."),
        TimeSpan.FromSeconds(2));
}
