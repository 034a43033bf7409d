using PerCall.Training.Factorization;
using Xunit;

namespace PerCall.Training.Tests.Factorization;

public sealed class CholeskyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(29)]
    public void Solve_PositiveDefinite_FindsTheSolution(int size)
    {
        var random = new Random(size);
        var stride = size + 3;
        var factor = Enumerable.Range(0, size * size).Select(_ => random.NextDouble() - 0.5).ToArray();
        var solution = Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5).ToArray();
        var matrix = new float[size * stride];
        var right = new float[size];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                var element = Enumerable.Range(0, size).Sum(k => factor[(i * size) + k] * factor[(j * size) + k]) + (i == j ? 1 : 0);
                matrix[(i * stride) + j] = (float)element;
                right[i] += (float)(element * solution[j]);
            }
        }

        Cholesky.Solve(matrix, stride, right);

        Assert.All(solution.Zip(right), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void Solve_NotDefinite_SaysWhichPivot()
    {
        float[] matrix = [1, 2, 2, 1];

        var refusal = Assert.Throws<ArithmeticException>(() => Cholesky.Solve(matrix, 2, new float[2]));

        Assert.Contains("pivot of row 1 is -3", refusal.Message, StringComparison.Ordinal);
    }
}
