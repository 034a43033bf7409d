using System.Collections.Frozen;

namespace PerCall.Inference.Redaction.Finding;

/// <summary>Country codes of phone numbers, with the lengths of national numbers.</summary>
internal static class CountryCodes
{
    // Code, then the least and the most digits after it. Codes of three digits that are not here have 7 to 10.
    private static readonly FrozenDictionary<int, CountryCode> Known = Parse(
        """
        1 10 10|7 10 10|20 8 10|27 9 9|30 10 10|31 9 9|32 8 9|33 9 9|34 9 9|36 8 9|39 6 11|40 9 9|41 9 9|43 5 13|44 9 10|45 8 8|46 7 10
        47 8 8|48 9 9|49 6 12|51 8 9|52 10 10|53 8 8|54 10 11|55 10 11|56 9 9|57 10 10|58 10 10|60 8 10|61 9 9|62 8 12|63 8 10|64 8 10
        65 8 8|66 8 9|81 9 10|82 8 10|84 9 10|86 10 11|90 10 10|91 10 10|92 9 10|93 9 9|94 9 9|95 8 10|98 10 10|351 9 9|352 5 11
        353 7 9|354 7 9|355 8 9|356 8 8|357 8 8|358 5 12|359 8 9|370 8 8|371 8 8|372 7 8|373 8 8|374 8 8|375 9 9|376 6 9|377 8 9|378 6 10
        380 9 9|381 8 9|382 8 8|383 8 8|385 8 9|386 8 8|387 8 9|389 8 8|420 9 9|421 9 9|423 7 9
        """);

    /// <summary>Returns the country code at the start of the digits; null: none has this form.</summary>
    public static CountryCode? Find(ReadOnlySpan<char> digits)
    {
        for (var length = 1; length <= 3 && length < digits.Length; length++)
        {
            if (Known.TryGetValue(Checksums.Number(digits[..length]), out var code) && digits[0] != '0')
            {
                return code;
            }
        }

        return digits.Length > 3 && digits[0] is '2' or '5' or '6' or '8' or '9' ? new(3, 7, 10) : null;
    }

    private static FrozenDictionary<int, CountryCode> Parse(string codes) => codes
        .Split(['|', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
        .Select(e => e.Split(' '))
        .ToFrozenDictionary(e => int.Parse(e[0]), e => new CountryCode(e[0].Length, int.Parse(e[1]), int.Parse(e[2])));
}

/// <summary>A country code.</summary>
/// <param name="CodeLength">Its number of digits.</param>
/// <param name="Least">The least digits of a national number.</param>
/// <param name="Most">The most digits of a national number.</param>
internal sealed record CountryCode(int CodeLength, int Least, int Most)
{
    public bool Fits(int digits) => digits >= Least && digits <= Most;
}
