using Microsoft.ML.OnnxRuntime;

namespace PerCall.Inference.Outputs;

/// <summary>Numbers of each input of a run.</summary>
internal static class FloatRows
{
    // Processors differ in the last digits of a sum, and so do runs with another number of rows.
    private const float Rounding = 1e-4f;

    /// <summary>Copies the values of each input from a tensor whose outermost dimension is the inputs.</summary>
    /// <param name="tensor">A tensor of numbers.</param>
    /// <param name="rows">Number of inputs.</param>
    /// <param name="width">Number of values of each input.</param>
    public static object[] Of(OrtValue tensor, int rows, int width)
    {
        var taken = new object[rows];
        for (var i = 0; i < rows; i++)
        {
            var values = new float[width];
            TensorReader.CopyTo(tensor, i * width, values);
            taken[i] = values;
        }

        return taken;
    }

    public static bool AreSame(object one, object other)
    {
        var (a, b) = ((float[])one, (float[])other);
        return a.Length == b.Length && a.AsSpan().SequenceEqual(b, Close.Comparer);
    }

    /// <exception cref="ModelFailedException">A value is NaN or infinite.</exception>
    public static void RequireFinite(ReadOnlySpan<float> values, string model, string tensor)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                throw new ModelFailedException(
                    model, $"the output '{tensor}' has a value that is {(float.IsNaN(values[i]) ? "not a number" : "infinite")}.");
            }
        }
    }

    private sealed class Close : IEqualityComparer<float>
    {
        public static Close Comparer { get; } = new();

        public bool Equals(float x, float y) => x.Equals(y) || Math.Abs(x - y) <= Rounding * Math.Max(1, Math.Abs(x));

        public int GetHashCode(float value) => 0;
    }
}
