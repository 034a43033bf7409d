using System.Globalization;

namespace PerCall.Functions.Limits.Rate;

/// <summary>
/// Refused calls of several permits, by size, in the order of their refusal. The first one has permits reserved, and more of them each
/// second: all that it needs after a minute. So calls that want less cannot keep it out for ever, and meanwhile get what is not reserved.
/// </summary>
public sealed class RateClaims
{
    /// <summary>Maximum number of claims.</summary>
    public const int Most = 8;

    private const int FullAfter = 60;

    // A smaller call needs what leaves a busy window in a second. It finds room without a claim.
    private const int LeastPart = 64;

    // The longest wait that a refusal can name, with the time that a caller may come late.
    private const int MaxLife = 120;

    private readonly List<(long Size, long Expires)> _claims = [];
    private long _firstSince;

    /// <summary>Whether the claims differ from those that were parsed, apart from expired ones.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Permits of the call that is served next; 0: there are no claims.</summary>
    public long First => _claims.Count > 0 ? _claims[0].Size : 0;

    /// <summary>Returns whether refused calls of this size have claims.</summary>
    public static bool IsFor(long size, long quota) => size > quota / LeastPart && size <= quota && size > 1;

    /// <summary>Parses the format of <see cref="ToString"/>; skips what is invalid.</summary>
    public static RateClaims Parse(string? text)
    {
        var claims = new RateClaims();
        var numbers = (text ?? "").Split(' ').Select(
            p => long.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0).ToList();
        claims._firstSince = numbers[0];
        foreach (var claim in numbers.Skip(1).Chunk(2).Where(c => c is [> 0, > 0]).Take(Most))
        {
            claims._claims.Add((claim[0], claim[1]));
        }

        return claims;
    }

    /// <summary>Removes claims that have expired, and those that no window can fit.</summary>
    public void Expire(long now, long quota)
    {
        var first = First;
        _claims.RemoveAll(c => c.Expires <= now || c.Expires > now + MaxLife || c.Size > quota);
        if (First != first)
        {
            _firstSince = now;
        }
    }

    /// <summary>Returns the permits that other calls than the first claim's must leave.</summary>
    public long Reserved(long now) => First * Math.Clamp(now - _firstSince, 0, FullAfter) / FullAfter;

    /// <summary>
    /// Adds a claim, or extends it. If there are too many, it replaces the smallest one except the first, if that is smaller.
    /// </summary>
    /// <param name="size">Permits of the refused call.</param>
    /// <param name="expires">When the claim ends if no such call has come again.</param>
    /// <param name="now">The current second.</param>
    public void Renew(long size, long expires, long now)
    {
        expires = Math.Min(expires, now + MaxLife);
        if (_claims.FindIndex(c => c.Size == size) is >= 0 and var known)
        {
            _claims[known] = (size, Math.Max(expires, _claims[known].Expires));
        }
        else if (_claims.Count < Most)
        {
            _claims.Add((size, expires));
            _firstSince = _claims.Count == 1 ? now : _firstSince;
        }
        else if (_claims.Skip(1).MinBy(c => c.Size) is var smallest && smallest.Size < size)
        {
            _claims.Remove(smallest);
            _claims.Add((size, expires));
        }
        else
        {
            return;
        }

        IsChanged = true;
    }

    /// <summary>Removes the claim of a call that was admitted.</summary>
    public void Remove(long size, long now)
    {
        if (_claims.FindIndex(c => c.Size == size) is >= 0 and var known)
        {
            _claims.RemoveAt(known);
            _firstSince = known == 0 ? now : _firstSince;
            IsChanged = true;
        }
    }

    /// <summary>Returns the second since which the first claim is the first, then each claim's size and end.</summary>
    public override string ToString() =>
        string.Join(
            ' ', _claims.SelectMany(c => new[] { c.Size, c.Expires }).Prepend(_firstSince).Select(
                n => n.ToString(CultureInfo.InvariantCulture)));
}
