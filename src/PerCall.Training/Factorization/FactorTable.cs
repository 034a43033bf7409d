using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PerCall.Training.Factorization;

/// <summary>One vector of factors and one bias per row. Vectors are padded with zeros to whole SIMD vectors.</summary>
/// <remarks>
/// The padding always matches <see cref="System.Runtime.Intrinsics.Vector256{T}"/>, whatever the processor supports. Sums therefore have
/// the same order, and a model the same bits, on every machine.
/// </remarks>
internal sealed class FactorTable(int rows, int factors)
{
    public const int Lanes = 8;

    private readonly float[] _factors = new float[(long)rows * Padded(factors)];

    public int Rows => rows;

    public int Factors => factors;

    /// <summary>Floats from one row to the next.</summary>
    public int Stride { get; } = Padded(factors);

    public float[] Biases { get; } = new float[rows];

    public Span<float> this[int row] => _factors.AsSpan(row * Stride, factors);

    /// <summary>Returns the first factor of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref float Row(int row) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_factors), (nint)row * Stride);

    /// <summary>Fills the factors with normally distributed values around zero.</summary>
    public void Randomize(Random random, float deviation)
    {
        for (var row = 0; row < rows; row++)
        {
            foreach (ref var factor in this[row])
            {
                factor = deviation * Normal(random);
            }
        }
    }

    /// <summary>Returns only the factors [rows × factors].</summary>
    public float[] ToArray()
    {
        var values = new float[rows * factors];
        for (var row = 0; row < rows; row++)
        {
            this[row].CopyTo(values.AsSpan(row * factors));
        }

        return values;
    }

    private static int Padded(int factors) => (factors + Lanes - 1) / Lanes * Lanes;

    // Box-Muller transform; only one value of the pair is used.
    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
