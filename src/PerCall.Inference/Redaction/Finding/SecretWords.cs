using System.Collections.Frozen;

namespace PerCall.Inference.Redaction.Finding;

/// <summary>Finds values after words such as <c>password=</c>: those that are not plain words.</summary>
internal static class SecretWords
{
    private const int MinWord = 3;
    private const int MaxWord = 16;
    private const int MaxValue = 512;
    private const int MinAssigned = 6;
    private const int MinSaid = 8;
    private const double MinEntropy = 2.2;

    private static readonly FrozenSet<string> Words = FrozenSet.Create(
        StringComparer.Ordinal,
        "password", "passwd", "pwd", "passphrase", "passcode", "secret", "token", "apikey", "accesskey", "secretkey", "accountkey",
        "privatekey", "sharedaccesskey", "authkey", "credential", "credentials", "bearer", "passwort", "kennwort", "geheimnis",
        "zugangscode", "passe", "contraseña", "clave", "parola", "segreto", "hasło", "haslo", "hasła", "wachtwoord", "senha",
        "salasana", "lösenord");

    // Words that mean a secret together with the one before them: api_key, access key.
    private static readonly FrozenSet<string> Qualifiers = FrozenSet.Create(
        StringComparer.Ordinal, "api", "access", "secret", "private", "account", "shared", "auth", "encryption", "signing", "master");

    private static readonly FrozenSet<string> Keys =
        FrozenSet.Create(StringComparer.Ordinal, "key", "schlüssel", "code");

    // Between the word and its value, where nothing is assigned.
    private static readonly FrozenSet<string> Says = FrozenSet.Create(
        StringComparer.Ordinal, "is", "was", "ist", "lautet", "war", "est", "es", "è", "jest", "to", "é", "heißt", "era", "luidt");

    /// <summary>Finds the value after a run of letters, digits, underscores and dashes that ends with such a word.</summary>
    public static (int Start, int End)? Find(Scan scan, int start, int end)
    {
        if (!IsSecret(scan, start, end))
        {
            return null;
        }

        var i = SkipSpaces(scan, SkipQuote(scan, end));
        var assigned = false;
        if (scan[i] is ':' or '=')
        {
            i = scan.Skip(i, c => c is ':' or '=' or '>');
            assigned = true;
        }
        else if (scan.Text.AsSpan(start, end - start).Equals("bearer", StringComparison.OrdinalIgnoreCase))
        {
            assigned = false;
        }
        else
        {
            var said = scan.Skip(i, char.IsLetter, MaxWord);
            if (!IsIn(Says, scan.Text.AsSpan(i, said - i)))
            {
                return null;
            }

            i = said;
            if (scan[i] == ':')
            {
                i++;
                assigned = true;
            }
        }

        i = SkipSpaces(scan, i);
        var quote = scan[i] is '"' or '\'' or '`' or '“' or '„' or '«' ? scan[i] : '\0';
        var first = quote == '\0' ? i : i + 1;
        var last = scan.Skip(first, c => IsValue(c, quote), MaxValue);
        if (quote == '\0')
        {
            while (last > first && scan[last - 1] is '.' or ',' or ';' or ':' or '?' or ')')
            {
                last--;
            }
        }

        return IsRandom(scan.Text.AsSpan(first, last - first), assigned || quote != '\0') ? (first, last) : null;
    }

    private static bool IsSecret(Scan scan, int start, int end)
    {
        var first = end;
        while (first > start && end - first < MaxWord && char.IsLetter(scan[first - 1]))
        {
            first--;
        }

        var word = scan.Text.AsSpan(first, end - first);
        for (var length = word.Length; length >= MinWord; length--)
        {
            if (IsIn(Words, word[^length..]))
            {
                return true;
            }
        }

        if (!IsIn(Keys, word))
        {
            return false;
        }

        // The word before it, after one space, dash or underscore.
        var last = first - 1;
        var before = last;
        while (last - before < MaxWord && char.IsLetter(scan[before - 1]))
        {
            before--;
        }

        return before >= 0 && scan[last] is ' ' or '_' or '-' && IsIn(Qualifiers, scan.Text.AsSpan(before, last - before));
    }

    private static bool IsIn(FrozenSet<string> words, ReadOnlySpan<char> word)
    {
        if (word.Length is 0 or > MaxWord)
        {
            return false;
        }

        Span<char> lower = stackalloc char[MaxWord];
        return words.GetAlternateLookup<ReadOnlySpan<char>>().Contains(lower[..word.ToLowerInvariant(lower)]);
    }

    private static int SkipQuote(Scan scan, int start) => start + (scan[start] is '"' or '\'' or '`' ? 1 : 0);

    private static int SkipSpaces(Scan scan, int start) => scan.Skip(start, Signs.IsSpace, 4);

    private static bool IsValue(char c, char quote) => quote switch
    {
        '\0' => !char.IsWhiteSpace(c) && !Signs.IsSpace(c) && c is not ('"' or '\'' or '`' or '&' or '<' or '>' or ';' or ',' or '\0'),
        '“' or '„' => c is not ('”' or '“' or '\n'),
        '«' => c is not ('»' or '\n'),
        _ => c != quote && c != '\n',
    };

    /// <summary>Whether a value is not a word or a sentence: it has several classes of characters, and enough different ones.</summary>
    private static bool IsRandom(ReadOnlySpan<char> value, bool assigned)
    {
        if (value.Length < (assigned ? MinAssigned : MinSaid) || IsVariable(value)
            || value.StartsWith("http", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var (lower, upper, digits, others) = (0, 0, 0, 0);
        foreach (var c in value)
        {
            if (char.IsDigit(c))
            {
                digits++;
            }
            else if (char.IsUpper(c))
            {
                upper++;
            }
            else if (char.IsLetter(c))
            {
                lower++;
            }
            else if (!char.IsWhiteSpace(c))
            {
                others++;
            }
            else if (assigned && value.Length < MinSaid)
            {
                return false;
            }
        }

        var letters = lower + upper;
        // A capital letter at the start alone makes a word, and a dash or apostrophe within it too.
        var mixed = (digits > 0 && (letters > 0 || others > 0)) || (others > 0 && letters > 0 && !IsWords(value))
            || (upper > 1 && lower > 1);
        return mixed && Entropy(value) >= MinEntropy;
    }

    /// <summary>Whether the value is written as a variable or a gap to fill: ${SECRET}, &lt;password&gt;, [SECRET_1].</summary>
    private static bool IsVariable(ReadOnlySpan<char> value) =>
        value[0] is '$' or '<' or '{' or '[' or '%' && value[^1] is '}' or '>' or ']' or '%';

    private static bool IsWords(ReadOnlySpan<char> value)
    {
        foreach (var c in value)
        {
            if (!char.IsLetter(c) && !char.IsWhiteSpace(c) && !"-'’./()!".Contains(c, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Shannon's entropy in bits for each character.</summary>
    private static double Entropy(ReadOnlySpan<char> value)
    {
        Span<int> counts = stackalloc int[128];
        var others = 0;
        foreach (var c in value)
        {
            if (c < counts.Length)
            {
                counts[c]++;
            }
            else
            {
                others++;
            }
        }

        var entropy = 0.0;
        foreach (var count in counts)
        {
            entropy -= Term(count, value.Length);
        }

        return entropy - Term(others, value.Length);
    }

    private static double Term(int count, int length) => count == 0 ? 0 : (double)count / length * Math.Log2((double)count / length);
}
