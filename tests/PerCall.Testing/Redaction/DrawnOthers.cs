using System.Globalization;

namespace PerCall.Testing.Redaction;

/// <summary>Draws what looks like personal data and is not: numbers of orders, dates, prices, versions, hashes, books, parcels.</summary>
internal static class DrawnOthers
{
    public static string Draw(string slot, string language, Drawing draw) => slot switch
    {
        "order" => draw.Fill(draw.Of([
            "######", "########", "##########", "AA-######", "2026-######", "#-###-######", "AAA-20261129-####", "##-#####-##",
            "AA#########"])),
        "digits" => draw.Digits(draw.Between(4, 14)),
        "date" => Date(language, draw),
        "time" => $"{draw.Next(24):00}:{draw.Next(60):00}" + (draw.Chance(0.4) ? $":{draw.Next(60):00}" : ""),
        "price" => Price(language, draw),
        // Four small numbers could be an address too; they are rare.
        "version" => draw.Chance(0.03) ? $"{draw.Next(9)}.{draw.Next(9)}.{draw.Next(9)}.{draw.Next(99)}" : draw.Of([
            $"{draw.Next(20)}.{draw.Next(20)}.{draw.Next(40)}", $"10.0.{draw.Next(30000)}.{draw.Next(3000)}",
            $"v{draw.Next(9)}.{draw.Next(30)}.{draw.Next(30)}-beta.{draw.Next(9)}", $"{draw.Next(130)}.0.{draw.Between(1000,
            7000)}.{draw.Next(250)}",
            $"20{draw.Between(10, 26)}.{draw.Between(1, 12)}.{draw.Next(9)}"]),
        "hash" => draw.Hex(draw.Of([7, 12, 32, 40, 64])),
        "uuid" => Drawing.Group(draw.Chance(0.2) ? draw.Digits(32) : draw.Hex(32), "-", 8, 4, 4, 4, 12),
        "isbn" => Isbn(draw),
        "ean" => DrawnIds.WithCheck(draw.Of(["40", "30", "84", "80", "590", "87", "560", "50"]) + draw.Digits(10), IsEan),
        "imei" => DrawnIds.WithCheck("35" + draw.Digits(12), DrawnIds.IsLuhn),
        "tracking" => draw.Of([
            "1Z" + draw.From("0123456789ABCDEFGHXYZ", 6) + draw.Digits(10),
            draw.Fill("1Z ### AA# ## #### ####"), "0034" + draw.Digits(16), draw.Fill("RR#########AA"), draw.Digits(12), draw.Digits(22),
            draw.Fill("JJD0000########"), draw.Fill("#### #### #### #### ####")]),
        "count" => Thousands(
            (int)Math.Pow(10, 3 + (draw.Next(6_000) / 1e3)), language is "en" ? "," : language is "de" or "nl" or "it" ? "." : " "),
        "mac" => string.Join(":", Enumerable.Range(0, 6).Select(_ => draw.Hex(2))),
        "place" => string.Create(
            CultureInfo.InvariantCulture, $"{40 + (draw.Next(2_000_000) / 1e5):0.00000}, {draw.Next(2_000_000) / 1e5:0.00000}"),
        "file" => draw.Of([
            draw.Fill("IMG_20261129_######.jpg"), "logo@2x.png", draw.Fill("scan-2026-11-29-####.pdf"),
            draw.Fill("backup_##########.tar.gz")]),
        "code" => draw.Of([
            "std::vector<int>", "A::B::create()", "array[0:10]", "git@", "x = 10 ** 12", "@anna", "#hashtag2024", "5 + 49 171",
            "::before"]),
        "year" => draw.Of(["2024/25", "2019-2026", "1.1.–31.12.2026", "24/7", "50-60 %", "100-200-300"]),
        _ => throw new ArgumentOutOfRangeException(nameof(slot), slot, "No such slot."),
    };

    private static string Date(string language, Drawing draw)
    {
        var (day, month, year) = (draw.Between(1, 28), draw.Between(1, 12), draw.Between(1950, 2030));
        return draw.Next(6) switch
        {
            0 => $"{year}-{month:00}-{day:00}",
            1 => $"{year}-{month:00}-{day:00} {draw.Next(24):00}:{draw.Next(60):00}",
            2 => $"{day:00}/{month:00}/{year}",
            3 => language == "en" ? $"{month}/{day}/{year % 100:00}" : $"{day}.{month}.{year % 100:00}",
            4 => $"{day:00}-{month:00}-{year}",
            _ => $"{day:00}.{month:00}.{year}",
        };
    }

    private static string Price(string language, Drawing draw)
    {
        var whole = draw.Next(draw.Of([100, 10_000, 9_000_000, 900_000_000]));
        var cents = draw.Next(100);
        return language switch
        {
            "en" => draw.Of(["$", "£", "USD ", "€"]) + Thousands(whole, ",") + $".{cents:00}",
            "de" or "nl" or "it" or "es" or "pt" => draw.Chance(0.5)
                ? $"{Thousands(whole, ".")},{cents:00} €"
                : $"{draw.Of(["EUR", "€"])} {Thousands(whole, ".")},{cents:00}",
            "pl" => $"{Thousands(whole, " ")},{cents:00} zł",
            _ => $"{Thousands(whole, draw.Of([" ", "\u202F"]))},{cents:00} €",
        };
    }

    private static string Thousands(int number, string separator) =>
        number.ToString("#,##0", CultureInfo.InvariantCulture).Replace(",", separator, StringComparison.Ordinal);

    private static string Isbn(Drawing draw)
    {
        if (draw.Chance(0.6))
        {
            var long13 = DrawnIds.WithCheck("978" + draw.Digits(9), IsEan);
            return draw.Of([long13, Drawing.Group(long13, "-", 3, 1, 2, 6, 1), Drawing.Group(long13, "-", 3, 1, 4, 4, 1)]);
        }

        var body = draw.Digits(9);
        var rest = (11 - (body.Select((c, i) => (c - '0') * (10 - i)).Sum() % 11)) % 11;
        var short10 = body + (rest == 10 ? "X" : $"{rest}");
        return draw.Of([short10, Drawing.Group(short10, "-", 1, 3, 5, 1), Drawing.Group(short10, " ", 1, 4, 4, 1)]);
    }

    private static bool IsEan(string digits) => digits.Reverse().Select((c, i) => (c - '0') * (1 + (2 * (i % 2)))).Sum() % 10 == 0;
}
