using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PerCall.Training.Factorization;

/// <summary>Solves A x = b for a symmetric positive definite A.</summary>
internal static class Cholesky
{
    /// <param name="matrix">A [size × stride]; its lower triangle is read, and overwritten.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="vector">b on entry, x on return; its length is the size.</param>
    /// <exception cref="ArithmeticException">A is not positive definite in float32 precision.</exception>
    public static void Solve(Span<float> matrix, int stride, Span<float> vector)
    {
        Factorize(matrix, stride, vector.Length);
        for (var row = 0; row < vector.Length; row++)
        {
            var known = Dot(ref matrix[row * stride], ref vector[0], row);
            vector[row] = (vector[row] - known) / matrix[(row * stride) + row];
        }

        // Lᵀ x = y, column by column, so that rows of L are read in order.
        for (var row = vector.Length - 1; row >= 0; row--)
        {
            vector[row] /= matrix[(row * stride) + row];
            for (var column = 0; column < row; column++)
            {
                vector[column] -= matrix[(row * stride) + column] * vector[row];
            }
        }
    }

    private static void Factorize(Span<float> matrix, int stride, int size)
    {
        for (var row = 0; row < size; row++)
        {
            for (var column = 0; column <= row; column++)
            {
                ref var element = ref matrix[(row * stride) + column];
                element -= Dot(ref matrix[row * stride], ref matrix[column * stride], column);
                if (column < row)
                {
                    element /= matrix[(column * stride) + column];
                    continue;
                }

                element = element > 0
                    ? MathF.Sqrt(element)
                    : throw new ArithmeticException(
                        $"The matrix is not positive definite: the pivot of row {row} is {element}. Use a larger regularization.");
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(ref float left, ref float right, int length)
    {
        var sum = Vector256<float>.Zero;
        nint at = 0;
        for (; at + FactorTable.Lanes <= length; at += FactorTable.Lanes)
        {
            sum += Vector256.LoadUnsafe(ref Unsafe.Add(ref left, at)) * Vector256.LoadUnsafe(ref Unsafe.Add(ref right, at));
        }

        var total = Vector256.Sum(sum);
        for (; at < length; at++)
        {
            total += Unsafe.Add(ref left, at) * Unsafe.Add(ref right, at);
        }

        return total;
    }
}
