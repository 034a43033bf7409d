namespace PerCall.Inference.Redaction.Finding;

/// <summary>Finds e-mail addresses with a dotted domain. Names and domains may have letters of any script.</summary>
internal sealed class EmailFinder : IFinder
{
    private const int MaxName = 64;
    private const int MaxDomain = 253;
    private const int MinTopLevel = 2;

    // Names of pictures for dense screens, such as logo@2x.png.
    private static readonly string[] FileEndings = ["png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js"];

    public IReadOnlyList<RedactionKind> Kinds { get; } = [RedactionKind.Email];

    public void Find(Scan scan)
    {
        for (var at = scan.IndexOf('@', 0); at < scan.Length; at = scan.IndexOf('@', at + 1))
        {
            var start = NameStart(scan, at);
            var end = DomainEnd(scan, at + 1);
            if (start < at && end > 0 && !IsPassword(scan, start))
            {
                scan.Add(new(RedactionKind.Email, start, end));
            }
        }
    }

    private static int NameStart(Scan scan, int at)
    {
        var start = at;
        while (at - start < MaxName && IsName(scan[start - 1]))
        {
            start--;
        }

        // Quotes, brackets and dots around an address are not part of it.
        while (start < at && !char.IsLetterOrDigit(scan[start]))
        {
            start++;
        }

        return scan[at - 1] == '.' ? at : start;
    }

    /// <summary>Whether the name is the password in <c>scheme://user:password@host</c>.</summary>
    private static bool IsPassword(Scan scan, int start)
    {
        var named = false;
        var user = start - 1;
        while (start - user < MaxDomain && scan[user] is > ' ' and not ('/' or '@'))
        {
            named |= scan[user] == ':';
            user--;
        }

        return named && scan[user] == '/' && scan[user - 1] == '/' && scan[user - 2] == ':';
    }

    private static int DomainEnd(Scan scan, int start)
    {
        var end = scan.Skip(start, c => char.IsLetterOrDigit(c) || c is '-' or '.', MaxDomain);
        var domain = scan.Text.AsSpan(start, end - start).TrimEnd(".-");
        // What follows two dots, as in "write to a@example.com...", is not part of the domain.
        if (domain.IndexOf("..") is >= 0 and var dots)
        {
            domain = domain[..dots];
        }

        var last = domain.LastIndexOf('.');
        if (last <= 0 || domain[0] is '-' or '.')
        {
            return 0;
        }

        var top = domain[(last + 1)..];
        return IsTopLevel(top) ? start + domain.Length : 0;
    }

    private static bool IsTopLevel(ReadOnlySpan<char> top)
    {
        if (top.StartsWith("xn--", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        foreach (var c in top)
        {
            if (!char.IsLetter(c))
            {
                return false;
            }
        }

        foreach (var ending in FileEndings)
        {
            if (top.Equals(ending, StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return top.Length >= MinTopLevel;
    }

    private static bool IsName(char c) =>
        char.IsLetterOrDigit(c) || c is '.' or '_' or '%' or '+' or '-' or '\'' or '!' or '$' or '&' or '*' or '^' or '~' or '{' or '}';
}
