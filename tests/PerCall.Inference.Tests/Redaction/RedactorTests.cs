using PerCall.Inference.Redaction;
using Xunit;

namespace PerCall.Inference.Tests.Redaction;

public sealed class RedactorTests
{
    private static readonly Redactor Redactor = new();

    [Theory]
    [InlineData("email", "Write to anna.smith+news@mail.example.co.uk, please.", "anna.smith+news@mail.example.co.uk")]
    [InlineData("email", "<jürgen@büro-müller.de>", "jürgen@büro-müller.de")]
    [InlineData("phone", "Call (+44 (0)20 7946 0958) now", "+44 (0)20 7946 0958")]
    [InlineData("phone", "Tel. 030/12345678.", "030/12345678")]
    [InlineData("phone", "06\u00A012\u00A034\u00A056\u00A078", "06\u00A012\u00A034\u00A056\u00A078")]
    [InlineData("phone", "(212) 555\u20111234", "(212) 555\u20111234")]
    [InlineData("iban", "DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 00")]
    [InlineData("iban", "iban: gb29nwbk60161331926819!", "gb29nwbk60161331926819")]
    [InlineData("iban", "FR14 2004 1010 0505 0001 3M02 606", "FR14 2004 1010 0505 0001 3M02 606")]
    [InlineData("card", "4111-1111-1111-1111 12/28", "4111-1111-1111-1111")]
    [InlineData("card", "Amex 3782 822463 10005", "3782 822463 10005")]
    [InlineData("national_id", "IdNr. 86 095 742 719", "86 095 742 719")]
    [InlineData("national_id", "NIR 2 55 08 14 168 025 38", "2 55 08 14 168 025 38")]
    [InlineData("national_id", "DNI 12345678Z", "12345678Z")]
    [InlineData("national_id", "X-1234567-L", "X-1234567-L")]
    [InlineData("national_id", "C.F. RSSMRA85T10A562S", "RSSMRA85T10A562S")]
    [InlineData("national_id", "PESEL 44051401359", "44051401359")]
    [InlineData("national_id", "BSN 111222333", "111222333")]
    [InlineData("national_id", "NIF 123456789", "123456789")]
    [InlineData("national_id", "85.07.30-033.28", "85.07.30-033.28")]
    [InlineData("national_id", "811228-9874", "811228-9874")]
    [InlineData("national_id", "131052-308T", "131052-308T")]
    [InlineData("national_id", "AB 12 34 56 C", "AB 12 34 56 C")]
    [InlineData("national_id", "NHS number 943 476 5919", "943 476 5919")]
    [InlineData("national_id", "219-09-9999", "219-09-9999")]
    [InlineData("national_id", "111.444.777-35", "111.444.777-35")]
    [InlineData("ip", "from 192.168.178.20:443", "192.168.178.20")]
    [InlineData("ip", "[2001:db8::ff00:42:8329]:80", "2001:db8::ff00:42:8329")]
    [InlineData("secret", "password=hunter2x", "hunter2x")]
    [InlineData("secret", "\"api_key\": \"9f8Kq2LmZ7\"", "9f8Kq2LmZ7")]
    [InlineData("secret", "Mein Passwort lautet Sommer2024!", "Sommer2024!")]
    [InlineData("secret", "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE")]
    [InlineData("secret", "postgres://app:p@ss#1@db.internal/x", "p@ss#1")]
    [InlineData("secret", "pc_live_0123456789abcdef_abcdefghijklmnopqrstuvwxyz234567",
        "pc_live_0123456789abcdef_abcdefghijklmnopqrstuvwxyz234567")]
    public void Redact_ValueOfAKind_IsReplacedAlone(string kind, string text, string value)
    {
        var redacted = Redactor.Redact(text, out var map);

        var found = Assert.Single(redacted.Found);
        Assert.Equal((kind, value), (RedactionKinds.NameOf(found.Kind), text[found.Start..found.End]));
        Assert.Equal(text.Replace(value, found.Placeholder, StringComparison.Ordinal), redacted.Text);
        Assert.Equal(text, map.Reinsert(redacted.Text));
    }

    [Theory]
    [InlineData("Order 4711001234 of 2026-11-29 12:30, 1.234.567,89 €")]
    [InlineData("ISBN 978-3-16-148410-0 and 0-306-40615-2")]
    [InlineData("Version 10.0.26100.1742 and 1.2.3.4")]
    [InlineData("550e8400-e29b-41d4-a716-446655440000")]
    [InlineData("d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("DE89370400440532013001")]
    [InlineData("4111 1111 1111 1112")]
    [InlineData("123456789 and 44051401358")]
    [InlineData("std::vector, A::B, 12:30:45, aa:bb:cc:dd:ee:ff, 999.1.1.1")]
    [InlineData("The password must have 12 characters. Passwort: vergessen? token: ${API_TOKEN}")]
    [InlineData("logo@2x.png, user@localhost, @anna")]
    [InlineData("La ville compte 612 345 678 habitants; 52.520008, 13.404954")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")]
    public void Redact_WhatOnlyLooksLikeAValue_IsKept(string text)
    {
        var redacted = Redactor.Redact(text, out var map);

        Assert.Equal(text, redacted.Text);
        Assert.Empty(redacted.Found);
        Assert.True(map.IsEmpty);
    }

    [Fact]
    public void Redact_SameValueTwice_HasOnePlaceholder() => Assert.Equal(
        "[EMAIL_1], [EMAIL_2], [EMAIL_1]", Redactor.Redact("a@x.de, b@x.de, a@x.de", out _).Text);

    [Fact]
    public void Redact_TextWithPlaceholders_TakesOtherNumbers()
    {
        const string Text = "[EMAIL_1] and [EMAIL_3] are not a@x.de, b@x.de";

        var redacted = Redactor.Redact(Text, out var map);

        Assert.Equal("[EMAIL_1] and [EMAIL_3] are not [EMAIL_2], [EMAIL_4]", redacted.Text);
        Assert.Equal(Text, map.Reinsert(redacted.Text));
    }

    [Fact]
    public void Redact_SelectedKinds_KeepsTheOthers() => Assert.Equal(
        "[EMAIL_1], 192.168.1.1", Redactor.Redact("a@x.de, 192.168.1.1", out _, [RedactionKind.Email, RedactionKind.Card]).Text);

    [Fact]
    public void Redact_WithATagger_RedactsNamesButNotWithinValues()
    {
        var redactor = new Redactor(new WordTagger("Anna"));

        Assert.Equal("[NAME_1] is [EMAIL_1]", redactor.Redact("Anna is Anna@x.de", out _).Text);
        Assert.DoesNotContain(RedactionKind.Name, Redactor.Kinds);
        Assert.Contains(RedactionKind.Name, redactor.Kinds);
    }

    [Fact]
    public void Redact_OverlappingKinds_ChecksumThenLengthDecides()
    {
        // The digits of the account are also a card's; the whole is longer, and both have a checksum.
        var found = Assert.Single(Redactor.Redact("PL61 1090 1014 0000 0712 1981 2874", out _).Found);
        Assert.Equal(RedactionKind.Iban, found.Kind);

        // A card's number after a word for phones.
        found = Assert.Single(Redactor.Redact("call 4222 2222 2222 2220", out _).Found);
        Assert.Equal(RedactionKind.Card, found.Kind);
    }

    [Fact]
    public void Redact_PrivateKeyThatIsCutOff_IsRedactedToItsEnd() => Assert.Equal(
        "key [SECRET_1]", Redactor.Redact("key -----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA", out _).Text);

    [Fact]
    public void ToString_OfAMap_HasNoValue()
    {
        Redactor.Redact("a@x.de", out var map);

        Assert.Equal("1 redacted values", map.ToString());
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Find_TextOfTwiceTheSize_TakesAtMostTwiceTheWork(string piece)
    {
        const int Size = 1 << 15;
        var text = string.Concat(Enumerable.Repeat(piece, (Size / piece.Length) + 1));

        Redactor.Find(text[..Size], RedactionKinds.All, out var once);
        Redactor.Find(text + text[..Size], RedactionKinds.All, out var twice);

        Assert.InRange((double)twice / once, 1.5, 2.1);
        Assert.InRange((double)twice / (2 * Size), 1, 1500);
    }

    public static TheoryData<string> Hostile { get; } =
    [
        "a", "1", "@", "a@", "a.", "1 ", "12 ", "612 345 678 ", "+49 ", "0171 ", "(", "()", "((((1", "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN RSA ", "-----END PRIVATE KEY-----", "eyJ", "eyJ.eyJhbGciOi.", "password=", "password is ", "password:\"",
        "sk-", ":", "a:",
        "1:", "1.", "255.", "DE89 ", "DE1", "4111 ", "[EMAIL_", "://a:", "http://a:b", "phone 1 ", "é", "\0", "A1B2", "order no 12345678 ",
        "2001:db8:", "SG.", "a_b-", "=", "\"", "api key ",
    ];

    private sealed class WordTagger(string word) : INameTagger
    {
        public IEnumerable<NameSpan> Find(string text)
        {
            for (var at = text.IndexOf(word, StringComparison.Ordinal); at >= 0; at = text.IndexOf(word, at + 1, StringComparison.Ordinal))
            {
                yield return new(at, at + word.Length);
            }

            // A span outside of the text is ignored.
            yield return new(text.Length, text.Length + 1);
        }
    }
}
