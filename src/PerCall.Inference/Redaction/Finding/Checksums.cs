namespace PerCall.Inference.Redaction.Finding;

/// <summary>Check digits of cards, accounts and national ids. All inputs are ASCII digits, or capital letters where it says so.</summary>
internal static class Checksums
{
    private const string Dni = "TRWAGMYFPDXBNJZSQVHLCKE";
    private const string Hetu = "0123456789ABCDEFHJKLMNPRSTUVWXY";

    /// <summary>Luhn's formula, of cards and Swedish numbers.</summary>
    public static bool Luhn(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var value = Signs.Digit(digits[^(i + 1)]) * (1 + (i % 2));
            sum += value > 9 ? value - 9 : value;
        }

        return sum % 10 == 0;
    }

    /// <summary>The remainder by 97 of two parts after each other. Letters count as 10 to 35.</summary>
    public static int Mod97(ReadOnlySpan<char> first, ReadOnlySpan<char> second) => Mod97(second, Mod97(first, 0));

    /// <summary>The remainder by 97.</summary>
    public static int Mod97(ReadOnlySpan<char> text, int before = 0)
    {
        var rest = before;
        foreach (var c in text)
        {
            rest = char.IsAsciiDigit(c) ? ((rest * 10) + Signs.Digit(c)) % 97 : ((rest * 100) + (c - 'A' + 10)) % 97;
        }

        return rest;
    }

    /// <summary>The sum of digits times weights.</summary>
    public static int Weighted(ReadOnlySpan<char> digits, ReadOnlySpan<int> weights)
    {
        var sum = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            sum += Signs.Digit(digits[i]) * weights[i];
        }

        return sum;
    }

    /// <summary>German Steuer-ID: ISO 7064 mod 11,10. One of the first ten digits occurs two or three times, the others at most once.</summary>
    public static bool SteuerId(ReadOnlySpan<char> digits)
    {
        Span<int> counts = stackalloc int[10];
        var product = 10;
        foreach (var c in digits[..10])
        {
            counts[Signs.Digit(c)]++;
            var sum = (Signs.Digit(c) + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }

        var repeated = 0;
        foreach (var count in counts)
        {
            if (count > 3)
            {
                return false;
            }

            repeated += count > 1 ? 1 : 0;
        }

        return digits[0] != '0' && repeated == 1 && (11 - product) % 10 == Signs.Digit(digits[10]);
    }

    /// <summary>Polish PESEL: a date of birth since 1900 and a check digit. The months since 2000 have 20 more.</summary>
    public static bool Pesel(ReadOnlySpan<char> digits) =>
        Number(digits[2..4]) is < 40 and var month && IsDay(month % 20, Number(digits[4..6]))
        && Weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0;

    /// <summary>Dutch BSN: the test by eleven.</summary>
    public static bool Bsn(ReadOnlySpan<char> digits) =>
        Number(digits) > 0 && Weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 == 0;

    /// <summary>Portuguese NIF of a person (first digit 1, 2, 3 or 45) or an organisation.</summary>
    public static bool Nif(ReadOnlySpan<char> digits)
    {
        var rest = Weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2]) % 11;
        return (digits[0] is not ('0' or '4') || digits[..2] is "45") && (rest < 2 ? 0 : 11 - rest) == Signs.Digit(digits[8]);
    }

    /// <summary>Belgian national number: a date of birth, and mod 97 of the number, with a 2 before it since 2000.</summary>
    public static bool BelgianNumber(ReadOnlySpan<char> digits)
    {
        var check = Number(digits[9..]);
        var month = Number(digits[2..4]);
        var fits = 97 - Mod97(digits[..9]) == check || 97 - Mod97(digits[..9], 2) == check;
        // Numbers for persons who are not in the register have 20 or 40 more in the month; the day of birth may be unknown.
        return fits && (month % 20 == 0 || IsDay(month % 20, Number(digits[4..6]))) && month < 60;
    }

    /// <summary>Swedish personnummer or coordination number, ten digits.</summary>
    public static bool Personnummer(ReadOnlySpan<char> digits)
    {
        var day = Number(digits[4..6]);
        return IsDay(Number(digits[2..4]), day > 60 ? day - 60 : day) && Luhn(digits);
    }

    /// <summary>British NHS number: mod 11.</summary>
    public static bool Nhs(ReadOnlySpan<char> digits)
    {
        var check = 11 - (Weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
        return digits.ContainsAnyExcept('0') && check != 10 && check % 11 == Signs.Digit(digits[9]);
    }

    /// <summary>Brazilian CPF: two check digits.</summary>
    public static bool Cpf(ReadOnlySpan<char> digits)
    {
        var first = Weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10;
        var second = Weighted(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10 % 11 % 10;
        return digits.ContainsAnyExcept(digits[0]) && first == Signs.Digit(digits[9]) && second == Signs.Digit(digits[10]);
    }

    /// <summary>French NIR: 13 characters and their key. The departments 2A and 2B count as 19 and 18.</summary>
    public static bool Nir(ReadOnlySpan<char> characters)
    {
        Span<char> digits = stackalloc char[15];
        characters.CopyTo(digits);
        if (digits[6] is 'A' or 'B')
        {
            (digits[5], digits[6]) = ('1', digits[6] == 'A' ? '9' : '8');
        }

        var month = Number(digits[3..5]);
        return digits[0] is '1' or '2' or '7' or '8' && month is (>= 1 and <= 12) or (>= 20 and <= 42) or (>= 50 and <= 99)
            && 97 - Mod97(digits[..13]) == Number(digits[13..]);
    }

    /// <summary>Spanish DNI or NIE: eight digits (the first of a NIE is 0, 1 or 2 for X, Y or Z), and the letter.</summary>
    public static bool DniLetter(int number, char letter) => Dni[number % 23] == letter;

    /// <summary>Finnish hetu: nine digits, and the check character.</summary>
    public static bool HetuSign(int number, char sign) => Hetu[number % 31] == sign;

    /// <summary>Italian codice fiscale: 16 capital letters or digits.</summary>
    public static bool CodiceFiscale(ReadOnlySpan<char> code)
    {
        ReadOnlySpan<int> odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
        var sum = 0;
        for (var i = 0; i < 15; i++)
        {
            var value = char.IsAsciiDigit(code[i]) ? Signs.Digit(code[i]) : code[i] - 'A';
            sum += i % 2 == 0 ? odd[value] : value;
        }

        return code[15] - 'A' == sum % 26;
    }

    public static int Number(ReadOnlySpan<char> digits)
    {
        var number = 0;
        foreach (var c in digits)
        {
            number = (number * 10) + Signs.Digit(c);
        }

        return number;
    }

    public static bool IsDay(int month, int day) =>
        month is >= 1 and <= 12 && day >= 1 && day <= (month == 2 ? 29 : 30 + ((month + (month / 8)) % 2));
}
