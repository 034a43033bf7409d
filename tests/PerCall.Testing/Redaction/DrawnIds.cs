using System.Globalization;
using System.Numerics;

namespace PerCall.Testing.Redaction;

/// <summary>
/// Draws valid national ids, accounts and cards. The check digits are computed apart from the code that is tested: by trying digits against
/// the published rule, or with big integers.
/// </summary>
internal static class DrawnIds
{
    // Country and form of the account: digits (n), letters (a), both (c).
    private static readonly (string Country, string Form)[] Accounts =
    [
        ("DE", "18n"), ("DE", "18n"), ("FR", "10n11c2n"), ("ES", "20n"), ("IT", "1a10n12c"), ("PL", "24n"), ("NL", "4a10n"), ("PT", "21n"),
        ("BE", "12n"), ("AT", "16n"), ("CH", "5n12c"), ("GB", "4a14n"), ("IE", "4a14n"), ("LU", "3n13c"), ("SE", "20n"), ("FI", "14n"),
        ("NO", "11n"), ("DK", "14n"), ("CZ", "20n"), ("MT", "4a5n18c"), ("GR", "7n16c"), ("RO", "4a16c"), ("BR", "23n1a1c"), ("LV",
        "4a13c"),
    ];

    private static readonly (string Prefix, int Length)[] CardNetworks =
    [
        ("4", 16), ("4", 16), ("4", 19), ("51", 16), ("53", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15), ("36", 14),
        ("305", 14), ("38", 14), ("6011", 16), ("644", 16), ("65", 16), ("3528", 16), ("3589", 16), ("62", 16), ("62", 19), ("5018", 16),
        ("6759", 16), ("6759", 19), ("6304", 13), ("2200", 16),
    ];

    public static string Iban(Drawing draw)
    {
        var (country, form) = draw.Of(Accounts);
        var account = "";
        var count = 0;
        foreach (var c in form)
        {
            if (char.IsAsciiDigit(c))
            {
                count = (count * 10) + c - '0';
                continue;
            }

            account += draw.From(
                c switch { 'n' => "0123456789", 'a' => "ABCDEFGHIJKLMNOPQRSTUVWXYZ", _ => "0123456789ABCDEFGHJKLMNP" }, count);
            count = 0;
        }

        var number = string.Concat((account + country + "00").Select(c => char.IsAsciiDigit(c) ? $"{c}" : $"{c - 'A' + 10}"));
        var check = 98 - (int)(BigInteger.Parse(number, CultureInfo.InvariantCulture) % 97);
        return $"{country}{check:00}{account}";
    }

    public static string Card(Drawing draw)
    {
        var (prefix, length) = draw.Of(CardNetworks);
        return WithCheck(prefix + draw.Digits(length - prefix.Length - 1), IsLuhn);
    }

    public static string SteuerId(Drawing draw)
    {
        // Nine different digits, one of them twice.
        while (true)
        {
            var digits = Shuffled(draw, "0123456789")[..9];
            digits = Shuffled(draw, digits + digits[draw.Next(9)]);
            if (digits[0] != '0')
            {
                var product = 10;
                foreach (var c in digits)
                {
                    var sum = (c - '0' + product) % 10;
                    product = (sum == 0 ? 10 : sum) * 2 % 11;
                }

                return $"{digits}{(11 - product) % 10}";
            }
        }
    }

    public static string Nir(Drawing draw)
    {
        var corsica = draw.Chance(0.05);
        var department = corsica ? draw.Of(["2A", "2B"]) : draw.Between(1, 95).ToString("00", CultureInfo.InvariantCulture);
        var body = $"{draw.Between(1, 2)}{draw.Digits(2)}{draw.Between(1, 12):00}{department}{draw.Digits(6)}";
        var number = corsica ? body.Replace("2A", "19", StringComparison.Ordinal).Replace("2B", "18", StringComparison.Ordinal) : body;
        return $"{body}{97 - (long.Parse(number, CultureInfo.InvariantCulture) % 97):00}";
    }

    public static string Dni(Drawing draw)
    {
        var number = draw.Next(100_000_000);
        return $"{number:00000000}{"TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]}";
    }

    public static string Nie(Drawing draw)
    {
        var (first, rest) = (draw.Next(3), draw.Next(10_000_000));
        return $"{"XYZ"[first]}{rest:0000000}{"TRWAGMYFPDXBNJZSQVHLCKE"[((first * 10_000_000) + rest) % 23]}";
    }

    public static string CodiceFiscale(Drawing draw)
    {
        const string Consonants = "BCDFGLMNPRSTVZ";
        var day = draw.Between(1, 28) + (draw.Chance(0.5) ? 40 : 0);
        var code = $"{draw.From(Consonants, 6)}{draw.Digits(2)}{draw.Of("ABCDEHLMPRST".ToCharArray())}{day:00}"
            + $"{draw.Of("ABCDEFGHIL".ToCharArray())}{draw.Digits(3)}";
        int[] odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
        var sum = code.Select((c, i) => (char.IsAsciiDigit(c) ? c - '0' : c - 'A', i)).Sum(v => v.i % 2 == 0 ? odd[v.Item1] : v.Item1);
        return $"{code}{(char)('A' + (sum % 26))}";
    }

    public static string Pesel(Drawing draw)
    {
        var since2000 = draw.Chance(0.3);
        var body = $"{(since2000 ? draw.Between(0, 25) : draw.Between(30, 99)):00}{draw.Between(1, 12) + (since2000 ? 20 : 0):00}"
            + $"{draw.Between(1, 28):00}{draw.Digits(4)}";
        return WithCheck(body, n => Sum(n, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0);
    }

    public static string Bsn(Drawing draw) =>
        Until(() => draw.Fill("X########"), n => Sum(n, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0);

    public static string Nif(Drawing draw) => Until(
        () => draw.Of(["1", "2", "2", "3", "5"]) + draw.Digits(8),
        n => Sum(n, [9, 8, 7, 6, 5, 4, 3, 2]) % 11 is var rest && n[8] - '0' == (rest < 2 ? 0 : 11 - rest));

    public static string BelgianNumber(Drawing draw)
    {
        var since2000 = draw.Chance(0.3);
        var body = $"{(since2000 ? draw.Between(0, 25) : draw.Between(30, 99)):00}{draw.Between(1, 12):00}{draw.Between(1, 28):00}"
            + $"{draw.Between(1, 997):000}";
        return $"{body}{97 - (long.Parse((since2000 ? "2" : "") + body, CultureInfo.InvariantCulture) % 97):00}";
    }

    public static string Personnummer(Drawing draw) =>
        WithCheck($"{draw.Between(30, 99)}{draw.Between(1, 12):00}{draw.Between(1, 28):00}{draw.Digits(3)}", IsLuhn);

    public static string Hetu(Drawing draw)
    {
        var since2000 = draw.Chance(0.3);
        var date = $"{draw.Between(1, 28):00}{draw.Between(1, 12):00}{(since2000 ? draw.Between(0, 25) : draw.Between(30, 99)):00}";
        var number = draw.Between(2, 899).ToString("000", CultureInfo.InvariantCulture);
        var check = "0123456789ABCDEFHJKLMNPRSTUVWXY"[int.Parse(date + number, CultureInfo.InvariantCulture) % 31];
        return $"{date}{(since2000 ? draw.Of(["A", "B"]) : draw.Of(["-", "-", "-", "Y"]))}{number}{check}";
    }

    public static string Nino(Drawing draw) =>
        draw.From("ABCEGHJKLMOPRSTWXYZ", 1) + draw.From("ACEHJLMPRSWXY", 1) + draw.Digits(6) + draw.From("ABCD", 1);

    public static string Nhs(Drawing draw) => Until(
        () => draw.Of(["4", "6", "7"]) + draw.Digits(9),
        n => (Sum(n, [10, 9, 8, 7, 6, 5, 4, 3, 2]) + n[9] - '0') % 11 == 0);

    public static string Ssn(Drawing draw) => $"{draw.Between(1, 665):000}{draw.Between(1, 99):00}{draw.Between(1, 9999):0000}";

    public static string Cpf(Drawing draw)
    {
        var body = draw.Digits(9);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var rest = body.Select((c, i) => (c - '0') * (body.Length + 1 - i)).Sum() % 11;
            body += rest < 2 ? 0 : 11 - rest;
        }

        return body;
    }

    public static string WithCheck(string body, Func<string, bool> holds) =>
        Enumerable.Range(0, 10).Select(d => $"{body}{d}").Single(holds);

    public static bool IsLuhn(string digits) =>
        digits.Reverse().Select((c, i) => i % 2 == 0 ? c - '0' : "0246813579"[c - '0'] - '0').Sum() % 10 == 0;

    private static string Until(Func<string> draw, Func<string, bool> holds)
    {
        while (true)
        {
            var drawn = draw();
            if (holds(drawn))
            {
                return drawn;
            }
        }
    }

    private static int Sum(string digits, int[] weights) => weights.Select((w, i) => w * (digits[i] - '0')).Sum();

    private static string Shuffled(Drawing draw, string text) =>
        string.Concat(text.Select(c => (c, draw.Next(1 << 30))).OrderBy(p => p.Item2).Select(p => p.c));
}
