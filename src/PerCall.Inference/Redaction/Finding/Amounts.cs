using System.Collections.Frozen;

namespace PerCall.Inference.Redaction.Finding;

/// <summary>Recognizes amounts by the currency or unit beside them.</summary>
internal static class Amounts
{
    private const int MaxWord = 12;

    private static readonly FrozenSet<string> Units = FrozenSet.Create(
        StringComparer.Ordinal,
        "eur", "euro", "euros", "usd", "dollar", "dollars", "gbp", "pound", "pounds", "chf", "pln", "zł", "zloty", "złotych", "brl", "reais",
        "sek", "kr", "nok", "dkk", "czk", "huf", "cents", "inhabitants", "people", "einwohner", "menschen", "habitants", "personnes",
        "habitantes", "personas", "pessoas", "abitanti", "persone", "mieszkańców", "osób", "inwoners", "mensen", "km", "m", "mm", "cm",
        "kg", "g", "t", "kwh", "mwh", "gb", "mb", "kb", "bytes", "byte", "ms", "rows", "units", "items", "stück", "pièces", "unidades",
        "sztuk", "stuks", "unités", "pezzi", "peças", "stuk", "pieces", "tonnes", "tonnen", "views", "users", "meters", "metros", "mètres", "metri");

    public static bool IsOne(Scan scan, int start, int end) => IsUnitAfter(scan, end) || IsCurrencyBefore(scan, start);

    private static bool IsUnitAfter(Scan scan, int end)
    {
        var first = Signs.IsSpace(scan[end]) ? end + 1 : end;
        if (Signs.IsCurrency(scan[first]) || scan[first] == '%')
        {
            return true;
        }

        var last = scan.Skip(first, char.IsLetter, MaxWord + 1);
        return IsUnit(scan, first, last);
    }

    private static bool IsCurrencyBefore(Scan scan, int start)
    {
        var last = Signs.IsSpace(scan[start - 1]) ? start - 1 : start;
        if (Signs.IsCurrency(scan[last - 1]))
        {
            return true;
        }

        var first = last;
        while (last - first < 5 && char.IsLetter(scan[first - 1]))
        {
            first--;
        }

        return last - first == 3 && IsUnit(scan, first, last);
    }

    private static bool IsUnit(Scan scan, int first, int last)
    {
        if (last - first is 0 or > MaxWord)
        {
            return false;
        }

        Span<char> word = stackalloc char[MaxWord];
        var length = scan.Text.AsSpan(first, last - first).ToLowerInvariant(word);
        return Units.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word[..length]);
    }
}
