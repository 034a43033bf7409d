namespace PerCall.Inference.Redaction.Finding;

/// <summary>Finds keys and tokens by their known beginnings, private keys, and values after words such as password.</summary>
internal sealed class SecretFinder : IFinder
{
    private const string PemBegin = "-----BEGIN ";
    private const string PemEnd = "-----END ";
    private const string PemDashes = "-----";
    private const string PrivateKey = "PRIVATE KEY";
    private const int MaxPemLabel = 40;

    public IReadOnlyList<RedactionKind> Kinds { get; } = [RedactionKind.Secret];

    public void Find(Scan scan)
    {
        FindPrivateKeys(scan);
        for (var i = 0; i < scan.Length; i++)
        {
            if (!IsToken(scan[i]))
            {
                continue;
            }

            var end = scan.Skip(i, IsToken);
            if (KnownKeys.End(scan, i, end) is > 0 and var key)
            {
                scan.Add(new(RedactionKind.Secret, i, key));
                end = Math.Max(end, key);
            }
            else if (SecretWords.Find(scan, i, end) is { } value)
            {
                scan.Add(new(RedactionKind.Secret, value.Start, value.End));
            }
            else if (Password(scan, end) is { } password)
            {
                scan.Add(new(RedactionKind.Secret, password.Start, password.End));
            }

            i = end;
        }
    }

    /// <summary>The password of an address: <c>scheme://user:password@host</c>.</summary>
    private static (int Start, int End)? Password(Scan scan, int schemeEnd)
    {
        const int MaxPart = 128;
        if (scan[schemeEnd] != ':' || scan[schemeEnd + 1] != '/' || scan[schemeEnd + 2] != '/')
        {
            return null;
        }

        var user = scan.Skip(schemeEnd + 3, IsUserInfo, MaxPart);
        if (scan[user] != ':')
        {
            return null;
        }

        var end = scan.Skip(user + 1, IsUserInfo, MaxPart);
        return scan[end] == '@' && end > user + 1 ? (user + 1, end) : null;
    }

    private static bool IsUserInfo(char c) => c is > ' ' and not (':' or '/' or '@' or '"' or '<' or '>');

    private static void FindPrivateKeys(Scan scan)
    {
        for (var at = scan.IndexOf(PemBegin, 0); at >= 0;)
        {
            var body = LabelEnd(scan, at + PemBegin.Length);
            if (body < 0)
            {
                at = scan.IndexOf(PemBegin, at + PemBegin.Length);
                continue;
            }

            // A key that is cut off is still a key.
            var last = scan.IndexOf(PemEnd, body);
            var end = last < 0 ? scan.Length : LabelEnd(scan, last + PemEnd.Length) is > 0 and var known ? known : last;
            scan.Add(new(RedactionKind.Secret, at, end));
            at = scan.IndexOf(PemBegin, end);
        }
    }

    /// <summary>Returns the position after a label of a private key and its dashes; -1: the label is another one.</summary>
    private static int LabelEnd(Scan scan, int start)
    {
        var end = scan.Skip(start, c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == ' ', MaxPemLabel);
        var label = scan.Text.AsSpan(start, end - start);
        return label.Contains(PrivateKey, StringComparison.Ordinal) && scan.Text.AsSpan(end).StartsWith(PemDashes)
            ? end + PemDashes.Length
            : -1;
    }

    internal static bool IsToken(char c) => char.IsLetterOrDigit(c) || c is '_' or '-';
}
