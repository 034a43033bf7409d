using System.Globalization;

namespace PerCall.Functions.Pricing;

/// <summary>Formats micro-units as decimal text, without floating-point arithmetic.</summary>
public static class MoneyText
{
    private const int Micro = 1_000_000;
    private const int Cents = 2;

    /// <summary>Formats with six decimals.</summary>
    public static string Exact(long micros)
    {
        var amount = UInt128.CreateChecked(Int128.Abs(micros));
        return string.Create(CultureInfo.InvariantCulture, $"{(micros < 0 ? "-" : "")}{amount / Micro}.{amount % Micro:000000}");
    }

    /// <summary>Formats for people: without trailing zeros after the second decimal.</summary>
    public static string Short(long micros)
    {
        var exact = Exact(micros);
        var least = exact.IndexOf('.', StringComparison.Ordinal) + 1 + Cents;
        return exact[..least] + exact[least..].TrimEnd('0');
    }
}
