using System.Globalization;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace PerCall.Inference.Tables;

/// <summary>The numbers that an element of a tensor can have. A row with another number is refused, not rounded.</summary>
internal static class ElementRange
{
    private const double MaxHalf = 65_504;

    /// <summary>Above this, not all whole numbers are float16.</summary>
    private const int WholeHalves = 2048;

    /// <summary>Whether the element can be NaN.</summary>
    public static bool HasNaN(TensorElementType type) =>
        type is TensorElementType.Float or TensorElementType.Float16 or TensorElementType.Double;

    /// <summary>Whether the element can have the number. Fractions may lose digits in a tensor of floating point.</summary>
    public static bool Has(TensorElementType type, double number)
    {
        if (HasNaN(type))
        {
            return Math.Abs(number) <= Most(type);
        }

        var (least, most) = Whole(type);
        return double.IsInteger(number) && number >= least && number <= most;
    }

    /// <summary>Whether each index below a count is exact in the element.</summary>
    public static bool HasIndexes(TensorElementType type, int count) => type switch
    {
        TensorElementType.String => true,
        TensorElementType.Float16 => count - 1 <= WholeHalves,
        _ => Has(type, count - 1),
    };

    /// <summary>Returns the range as the end of a sentence.</summary>
    public static string Show(TensorElementType type)
    {
        if (HasNaN(type))
        {
            return string.Create(CultureInfo.InvariantCulture, $"a number from -{Most(type):g6} to {Most(type):g6}");
        }

        var (least, most) = Whole(type);
        return string.Create(CultureInfo.InvariantCulture, $"a whole number from {least:0} to {most:0}");
    }

    private static double Most(TensorElementType type) => type switch
    {
        TensorElementType.Float => float.MaxValue,
        TensorElementType.Float16 => MaxHalf,
        _ => double.MaxValue,
    };

    private static (double Least, double Most) Whole(TensorElementType type) => type switch
    {
        TensorElementType.Bool => (0, 1),
        TensorElementType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        TensorElementType.UInt8 => (0, byte.MaxValue),
        TensorElementType.Int16 => (short.MinValue, short.MaxValue),
        TensorElementType.UInt16 => (0, ushort.MaxValue),
        TensorElementType.Int32 => (int.MinValue, int.MaxValue),
        TensorElementType.UInt32 => (0, uint.MaxValue),
        // A JSON number is read as float64, which has all whole numbers up to here.
        TensorElementType.UInt64 => (0, 1L << 53),
        _ => (-(1L << 53), 1L << 53),
    };
}
