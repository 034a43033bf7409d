using PerCall.Inference.Redaction;

namespace PerCall.Testing.Redaction;

/// <summary>Draws values of each kind, in the forms in which people write them.</summary>
internal static class DrawnValues
{
    private static readonly Dictionary<string, string[]> PhoneForms = new(StringComparer.Ordinal)
    {
        ["de"] =
        [
            "+49 1N# #######", "+49 (0)1N# #######", "+49 (0) 30 ########", "0049 1N# ########", "+491N########", "+49-30-########",
            "+49.171.#######", "01N# #######", "01N#/#######", "01N#-#######", "01N# ## ## ## ##", "030 ########", "(030) ########",
            "030/########", "089 - ######", "0X### ######", "030-#### ####", "+43 66# #######", "+41 7N ### ## ##", "(+49) 30 #######",
        ],
        ["en"] =
        [
            "+44 20 7### ####", "+44 (0)20 7### ####", "020 7### ####", "07### ######", "07### ### ###", "(020) 7### ####", "+447#########",
            "(N##) N##-####", "N##-N##-####", "N##.N##.####", "N## N## ####", "1-800-N##-####", "+1 N## N## ####", "+1 (N##) N##-####",
            "+1-N##-N##-####", "+1N##N######", "001 N## N## ####", "+353 8# ### ####", "(01865) ######", "01865 ######",
        ],
        ["fr"] =
        [
            "06 ## ## ## ##", "07.##.##.##.##", "01-##-##-##-##", "01 ## ## ## ##", "+33 6 ## ## ## ##", "+33 (0)6 ## ## ## ##",
            "0033 6 ## ## ## ##", "+336########", "06########", "0612 ## ## ##", "+32 47# ## ## ##", "+41 22 ### ## ##",
            "+33.1.##.##.##.##",
        ],
        ["es"] =
        [
            "6## ### ###", "6## ## ## ##", "91 ### ## ##", "93 ### ## ##", "+34 6## ### ###", "+34 6## ## ## ##", "+346########",
            "0034 6## ### ###", "+34-91-###-##-##", "(+34) 6## ### ###", "9## ### ###", "7##-###-###", "+52 55 #### ####", "(91) ### ## ##",
        ],
        ["it"] =
        [
            "+39 3## ### ####", "+39 3## #######", "3N# ### ####", "3N# #######", "+39 06 #### ####", "06 #### ####", "02 #######",
            "02/########",
            "0039 3## #######", "+393#########", "(06) ########", "051 ######", "011-#######", "+39 02 ########", "06.########",
        ],
        ["pl"] =
        [
            "+48 6## ### ###", "6## ### ###", "5##-###-###", "22 X## ## ##", "(22) ### ## ##", "+48 22 ### ## ##", "+48X########",
            "0048 6## ### ###", "+48-6##-###-###", "7## ### ###", "(+48) 5## ### ###", "12 X## ## ##",
        ],
        ["nl"] =
        [
            "06-########", "06 ########", "06########", "06 #### ####", "06 ## ## ## ##", "020-#######", "020 ### ####", "(020) #######",
            "+31 6 ########", "+31 (0)6 ########", "+316########", "0031 6 ########", "+31 20 ### ####", "0X##-######", "+32 2 ### ## ##",
        ],
        ["pt"] =
        [
            "91# ### ###", "96# ### ###", "21# ### ###", "+351 91# ### ###", "+351 21 ### ####", "+35191#######", "00351 91# ### ###",
            "(11) 9####-####", "11 9####-####", "(21) 3###-####", "+55 11 9####-####", "+55 (11) 9####-####", "+55119########",
            "93# ### ###",
        ],
    };

    private static readonly Dictionary<string, string> BarePhones = new(StringComparer.Ordinal)
    {
        ["de"] = "01N########",
        ["en"] = "07#########",
        ["fr"] = "06########",
        ["es"] = "6########",
        ["it"] = "3#########",
        ["pl"] = "6########",
        ["nl"] = "06########",
        ["pt"] = "91#######",
    };

    private static readonly string[] Domains =
    [
        "example.com", "mail.example.org", "posta.example.it", "firma.de", "entreprise.fr", "correo.es", "sub.dept.uni-mitte.de",
        "poczta.pl",
        "bedrijf.nl", "empresa.com.br", "work.co.uk", "student.example.edu", "shop.online", "büro-müller.de", "x.io", "agency.photography",
        "my-host.museum", "xn--mller-kva.de", "example.xn--p1ai",
    ];

    private static readonly string[] FirstNames =
        ["anna", "jan", "marie", "luca", "sofia", "peter", "ines", "tom", "zofia", "pedro", "emma", "paul", "chiara", "kees",
        "jürgen", "léa"];

    private static readonly string[] LastNames =
        ["mueller", "dupont", "garcia", "rossi", "kowalska", "devries", "silva", "smith", "o'brien", "vandenberg", "lopez", "weiss"];

    /// <summary>Draws a value for a slot. Returns null for a slot that has no value of a kind.</summary>
    public static (RedactionKind Kind, string Form, string Text)? Draw(string slot, string language, Drawing draw) => slot switch
    {
        "email" => (RedactionKind.Email, "address", Email(draw)),
        "phone" => Phone(language, draw),
        "bare_phone" => (RedactionKind.Phone, "without separators", draw.Fill(BarePhones[language])),
        "iban" => Iban(draw),
        "card" => Card(draw),
        "ip" => Ip(draw.Next(8), draw),
        "ip4" => Ip(7, draw),
        "ip6" => Ip(draw.Next(5), draw),
        "token" => Token(draw),
        "password" => (RedactionKind.Secret, "password", Password(draw)),
        "pem" => (RedactionKind.Secret, "private key", Pem(draw)),
        _ => Id(slot, language, draw),
    };

    private static string Email(Drawing draw)
    {
        var (first, last) = (draw.Of(FirstNames), draw.Of(LastNames));
        var name = draw.Next(9) switch
        {
            0 => first,
            1 => $"{first[0]}.{last}",
            2 => $"{first}_{last}{draw.Digits(2)}",
            3 => $"{first}+{draw.Of(["news", "shop", "2024"])}",
            4 => $"{first}-{last}",
            5 => $"{first.ToUpperInvariant()}.{last.ToUpperInvariant()}",
            6 => $"{last}{draw.Digits(4)}",
            7 => $"{draw.Digits(3)}{first}",
            _ => $"{first}.{last}",
        };
        var address = $"{name}@{draw.Of(Domains)}";
        return draw.Chance(0.05) ? address.ToUpperInvariant() : address;
    }

    private static (RedactionKind, string, string) Phone(string language, Drawing draw)
    {
        var form = draw.Of(PhoneForms[language]);
        var name = form[0] == '+' || form.StartsWith("(+", StringComparison.Ordinal) || form.StartsWith("00", StringComparison.Ordinal)
            ? "with country code"
            : "national";
        return (RedactionKind.Phone, name, draw.Typeset(draw.Fill(form)));
    }

    private static (RedactionKind, string, string) Iban(Drawing draw)
    {
        var iban = DrawnIds.Iban(draw);
        int[] fours = [.. Enumerable.Range(0, (iban.Length + 3) / 4).Select(i => Math.Min(4, iban.Length - (4 * i)))];
        var (form, text) = draw.Next(8) switch
        {
            0 or 1 => ("together", iban),
            2 => ("small letters", iban.ToLowerInvariant()),
            3 => ("small letters", Drawing.Group(iban.ToLowerInvariant(), " ", fours)),
            4 => ("dashes", Drawing.Group(iban, "-", fours)),
            5 => ("country apart", $"{iban[..2]} {iban[2..4]} {Drawing.Group(iban[4..], " ", fours.AsSpan(1))}"),
            _ => ("groups", Drawing.Group(iban, " ", fours)),
        };
        return (RedactionKind.Iban, form, draw.Typeset(text));
    }

    private static (RedactionKind, string, string) Card(Drawing draw)
    {
        var card = DrawnIds.Card(draw);
        int[] lengths = card.Length switch
        {
            13 => [4, 4, 4, 1],
            14 => [4, 6, 4],
            15 => [4, 6, 5],
            19 => [4, 4, 4, 4, 3],
            _ => [4, 4, 4, 4],
        };
        var (form, text) = draw.Next(4) switch
        {
            0 or 1 => ("together", card),
            2 => ("dashes", Drawing.Group(card, "-", lengths)),
            _ => ("spaces", Drawing.Group(card, " ", lengths)),
        };
        return (RedactionKind.Card, form, draw.Typeset(text));
    }

    private static (RedactionKind, string, string) Ip(int form, Drawing draw)
    {
        string Four() => $"{draw.Between(1, 255)}.{draw.Next(256)}.{draw.Next(256)}.{draw.Next(256)}";
        string Groups(int count) => string.Join(":", Enumerable.Range(0, count).Select(_ => draw.Next(65536).ToString("x")));
        return form switch
        {
            0 => (RedactionKind.Ip, "version 6", $"2001:db8:{Groups(6)}"),
            1 => (RedactionKind.Ip, "version 6", $"2a02:{Groups(draw.Between(1, 4))}::{Groups(draw.Between(1, 2))}"),
            2 => (RedactionKind.Ip, "version 6", $"fe80::{Groups(4)}"),
            3 => (RedactionKind.Ip, "version 6", $"2001:DB8::{Groups(2).ToUpperInvariant()}"),
            4 => (RedactionKind.Ip, "version 6", $"::ffff:{Four()}"),
            _ => (RedactionKind.Ip, "version 4", Four()),
        };
    }

    private static (RedactionKind, string, string) Token(Drawing draw)
    {
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        const string Url = Letters + "-_";
        var (form, text) = draw.Next(14) switch
        {
            0 => ("sk-", "sk-" + draw.From(Letters, 48)),
            1 => ("sk-", "sk-proj-" + draw.From(Url, 60) + "a7"),
            2 => ("AKIA", "AKIA" + draw.From("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
            3 => ("ghp_", draw.Of(["ghp_", "gho_", "ghs_"]) + draw.From(Letters, 36)),
            4 => ("github_pat_", "github_pat_" + draw.From(Letters, 22) + "_" + draw.From(Letters, 59)),
            5 => ("xoxb-", $"xoxb-{draw.Digits(12)}-{draw.Digits(12)}-{draw.From(Letters, 24)}"),
            6 => ("JWT", $"eyJ{draw.From(Url, 33)}.eyJ{draw.From(Url, 60)}.{draw.From(Url, 42)}A"),
            7 => ("pc_live_", $"pc_live_{draw.Hex(16)}_{draw.From("abcdefghijklmnopqrstuvwxyz234567", 32)}"),
            8 => ("AIza", "AIza" + draw.From(Url, 34) + "x"),
            9 => ("sk_live_", draw.Of(["sk_live_", "rk_live_", "sk_test_"]) + draw.From(Letters, 24)),
            10 => ("glpat-", "glpat-" + draw.From(Letters, 20)),
            11 => ("npm_", "npm_" + draw.From(Letters, 36)),
            12 => ("SG.", $"SG.{draw.From(Url, 21)}x.{draw.From(Url, 42)}x"),
            _ => ("hf_", "hf_" + draw.From(Letters, 34)),
        };
        return (RedactionKind.Secret, form, text);
    }

    private static string Password(Drawing draw)
    {
        const string Letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
        var word = draw.Of(["Sommer", "dragon", "Passe", "Madrid", "gatto", "Warszawa", "fiets", "Lisboa", "monkey", "Hallo"]);
        return draw.Next(6) switch
        {
            0 => $"{word}{draw.Between(1970, 2026)}{draw.Of(["!", "", "#", "?!"])}",
            1 => $"{word}_{draw.Digits(3)}",
            2 => draw.From(Letters + "0123456789!@#%^*+=_-", draw.Between(9, 20)) + "x7",
            3 => draw.From(Letters + "0123456789", draw.Between(12, 40)) + "k4",
            4 => draw.Hex(32) + "e5",
            _ => $"{draw.From(Letters, 4)}-{draw.Digits(4)}-{draw.From(Letters, 4)}",
        };
    }

    private static string Pem(Drawing draw)
    {
        const string Base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        var label = draw.Of(["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]);
        var lines = string.Join(draw.Of(["\n", "\r\n"]), Enumerable.Range(0, draw.Between(3, 8)).Select(_ => draw.From(Base64, 64)));
        return $"-----BEGIN {label}-----\n{lines}\n-----END {label}-----";
    }

    private static (RedactionKind, string, string)? Id(string slot, string language, Drawing draw)
    {
        if (slot == "id")
        {
            slot = draw.Of((string[])(language switch
            {
                "de" => ["steuerid", "steuerid", "hetu", "personnummer"],
                "en" => ["nino", "ssn"],
                "fr" => ["nir", "nir", "belgian"],
                "es" => ["dni", "nie"],
                "it" => ["codice"],
                "pl" => ["pesel"],
                "nl" => ["belgian"],
                _ => ["cpf"],
            }));
        }

        string Groups(string text, params int[][] ways) => draw.Typeset(
            draw.Chance(0.4) ? text : Drawing.Group(text, draw.Of([" ", "-", "."]), draw.Of(ways)));
        (string Form, string Text)? id = slot switch
        {
            "steuerid" => ("Steuer-ID", DrawnIds.SteuerId(draw) is var n && draw.Chance(0.5) ? n : Drawing.Group(n, " ", 2, 3, 3, 3)),
            "nir" => ("NIR", DrawnIds.Nir(draw) is var n && draw.Chance(0.4)
                ? n : draw.Typeset(draw.Chance(0.5) ? Drawing.Group(n, " ", 1, 2, 2, 2, 3, 3, 2) : Drawing.Group(n, " ", 13, 2))),
            "dni" => ("DNI", Dni(draw)),
            "nie" => ("NIE", DrawnIds.Nie(draw) is var n && draw.Chance(0.6) ? n : draw.Typeset(Drawing.Group(n, "-", 1, 7, 1))),
            "codice" => ("codice fiscale", Codice(draw)),
            "pesel" => ("PESEL", DrawnIds.Pesel(draw)),
            "bsn" => ("BSN", Groups(DrawnIds.Bsn(draw), [3, 3, 3], [4, 2, 3])),
            "nif" => ("NIF", Groups(DrawnIds.Nif(draw), [3, 3, 3])),
            "belgian" => ("Belgian number", Belgian(draw)),
            "personnummer" => ("personnummer", Personnummer(draw)),
            "hetu" => ("hetu", DrawnIds.Hetu(draw)),
            "nino" => ("NINO", Nino(draw)),
            "nhs" => ("NHS number", Groups(DrawnIds.Nhs(draw), [3, 3, 4])),
            "ssn" => ("SSN", draw.Typeset(Drawing.Group(DrawnIds.Ssn(draw), "-", 3, 2, 4))),
            "ssn_named" => ("SSN", DrawnIds.Ssn(draw) is var n && draw.Chance(0.5) ? n : Drawing.Group(n, draw.Of([" ", "-"]), 3, 2, 4)),
            "cpf" => ("CPF", Cpf(draw)),
            _ => null,
        };
        return id is { } found ? (RedactionKind.NationalId, found.Form, found.Text) : null;
    }

    private static string Dni(Drawing draw)
    {
        var dni = DrawnIds.Dni(draw);
        return draw.Next(4) switch
        {
            0 => $"{dni[..8]}-{dni[8]}",
            1 => $"{dni[..2]}.{dni[2..5]}.{dni[5..8]}-{dni[8]}",
            2 => dni.ToLowerInvariant(),
            _ => dni,
        };
    }

    private static string Codice(Drawing draw)
    {
        var code = DrawnIds.CodiceFiscale(draw);
        return draw.Next(4) switch
        {
            0 => code.ToLowerInvariant(),
            1 => draw.Typeset(Drawing.Group(code, " ", 3, 3, 5, 5)),
            _ => code,
        };
    }

    private static string Belgian(Drawing draw)
    {
        var n = DrawnIds.BelgianNumber(draw);
        return draw.Next(4) switch
        {
            0 => n,
            1 => $"{n[..6]}-{n[6..9]}.{n[9..]}",
            2 => Drawing.Group(n, " ", 2, 2, 2, 3, 2),
            _ => $"{n[..2]}.{n[2..4]}.{n[4..6]}-{n[6..9]}.{n[9..]}",
        };
    }

    private static string Personnummer(Drawing draw)
    {
        var n = DrawnIds.Personnummer(draw);
        return draw.Next(4) switch
        {
            0 => $"19{n}",
            1 => $"19{n[..6]}-{n[6..]}",
            _ => draw.Typeset($"{n[..6]}-{n[6..]}"),
        };
    }

    private static string Nino(Drawing draw)
    {
        var n = DrawnIds.Nino(draw);
        return draw.Next(4) switch
        {
            0 => n.ToLowerInvariant(),
            1 => draw.Typeset(Drawing.Group(n, " ", 2, 2, 2, 2, 1)),
            2 => $"{n[..2]} {n[2..8]} {n[8]}",
            _ => n,
        };
    }

    private static string Cpf(Drawing draw)
    {
        var n = DrawnIds.Cpf(draw);
        return draw.Chance(0.4) ? n : $"{n[..3]}.{n[3..6]}.{n[6..9]}-{n[9..]}";
    }
}
