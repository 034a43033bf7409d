using PerCall.Inference.Redaction;

namespace PerCall.Testing.Redaction;

/// <summary>Forms of values that are hard to find, and the share of them that is redacted.</summary>
public static class UnsupportedForms
{
    /// <summary>The number of values of each form.</summary>
    public const int Count = 1_000;

    private static readonly (string Form, Func<Drawing, string> Draw)[] Forms =
    [
        ("phone number of Spain, Poland or Portugal without separators", d => d.Fill("6########")),
        ("British mobile number without separators", d => d.Fill("07#########")),
        ("local phone number: 555-1234", d => d.Fill("N##-####")),
        ("phone number in words: oh one seven one", _ => "oh one seven one two three four five"),
        ("BSN without separators", DrawnIds.Bsn),
        ("NIF without separators", DrawnIds.Nif),
        ("NHS number in groups", d => Drawing.Group(DrawnIds.Nhs(d), " ", 3, 3, 4)),
        ("SSN without separators", DrawnIds.Ssn),
        ("NIR without its key", d => DrawnIds.Nir(d)[..13]),
        ("personnummer with a plus sign", d => DrawnIds.Personnummer(d) is var n ? $"{n[..6]}+{n[6..]}" : ""),
        ("e-mail: anna at example dot com", _ => "anna at example dot com"),
        ("e-mail: anna [at] example.com", _ => "anna [at] example.com"),
        ("e-mail with a name in quotation marks", _ => "\"anna smith\"@example.com"),
        ("IBAN over two lines", d => DrawnIds.Iban(d) is var n ? $"{n[..12]}\n{n[12..]}" : ""),
        ("card with two spaces between groups", d => d.Fill("4111  1111  1111  1111")),
        ("password of small letters: password: correcthorse", _ => "password: correcthorsebattery"),
        ("key without a word or a known beginning", d => d.From("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 40)),
        ("IPv4 address after a word for versions", d => $"version {d.Between(11, 255)}.{d.Next(256)}.{d.Next(256)}.{d.Next(256)}"),
        ("digits of other scripts", _ => "٤١١١ ١١١١ ١١١١ ١١١١"),
    ];

    /// <summary>Returns the share of each form's values of which at least one half was redacted.</summary>
    public static IEnumerable<(string Form, double Redacted)> Measure(Redactor redactor, int seed)
    {
        foreach (var (form, draw) in Forms)
        {
            var drawing = new Drawing(seed);
            var redacted = 0;
            for (var i = 0; i < Count; i++)
            {
                var value = draw(drawing);
                var found = redactor.Redact($"Please note: {value}.", out _).Found;
                redacted += found.Sum(f => f.End - f.Start) * 2 >= value.Length ? 1 : 0;
            }

            yield return (form, (double)redacted / Count);
        }
    }
}
