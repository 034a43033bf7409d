using System.Numerics.Tensors;

namespace PerCall.Inference.Recommend.FoldIn;

/// <summary>
/// The normal equations (A + λI) x = b of a ridge regression, accumulated row by row and solved by Cholesky decomposition, in double
/// precision.
/// </summary>
internal sealed class RidgeSystem(int size)
{
    private readonly double[] _a = new double[size * size];
    private readonly double[] _b = new double[size];

    /// <summary>A += weight · row · rowᵀ; b += target · row.</summary>
    public void Add(ReadOnlySpan<double> row, double weight, double target)
    {
        for (var i = 0; i < size; i++)
        {
            // The decomposition reads only the lower triangle.
            var lower = _a.AsSpan(i * size, i + 1);
            TensorPrimitives.MultiplyAdd(row[..(i + 1)], weight * row[i], lower, lower);
        }

        TensorPrimitives.MultiplyAdd(row, target, _b, _b);
    }

    /// <summary>A += a matrix, row by row.</summary>
    public void Add(ReadOnlySpan<float> matrix)
    {
        for (var i = 0; i < _a.Length; i++)
        {
            _a[i] += matrix[i];
        }
    }

    /// <summary>Solves with <paramref name="ridge"/> on the diagonal. The system cannot be used afterwards.</summary>
    /// <returns>x; 0 in directions that neither the data nor the ridge determines.</returns>
    public float[] Solve(double ridge)
    {
        for (var i = 0; i < size; i++)
        {
            _a[(i * size) + i] += ridge;
        }

        for (var j = 0; j < size; j++)
        {
            var left = _a.AsSpan(j * size, j);
            var pivot = _a[(j * size) + j] - TensorPrimitives.SumOfSquares<double>(left);
            var root = pivot > 1e-12 * Math.Max(1, _a[(j * size) + j]) ? Math.Sqrt(pivot) : double.PositiveInfinity;
            _a[(j * size) + j] = root;
            for (var i = j + 1; i < size; i++)
            {
                _a[(i * size) + j] = (_a[(i * size) + j] - TensorPrimitives.Dot<double>(_a.AsSpan(i * size, j), left)) / root;
            }
        }

        for (var i = 0; i < size; i++)
        {
            _b[i] = (_b[i] - TensorPrimitives.Dot<double>(_a.AsSpan(i * size, i), _b.AsSpan(0, i))) / _a[(i * size) + i];
        }

        for (var i = size - 1; i >= 0; i--)
        {
            _b[i] /= _a[(i * size) + i];
            var rest = _b.AsSpan(0, i);
            TensorPrimitives.MultiplyAdd(_a.AsSpan(i * size, i), -_b[i], rest, rest);
        }

        return Array.ConvertAll(_b, v => (float)v);
    }
}
