using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PerCall.Inference.Images;

/// <summary>Receives one output row: R, G, B, A (premultiplied, 0 to 255) for each of its pixels.</summary>
internal interface IRowSink
{
    void Row(int y, ReadOnlySpan<float> rgba);
}

/// <summary>
/// Resizes a picture separably. It first adds up the source rows of an output row, a whole vector of adjacent bytes at a time, and then
/// resamples the sum horizontally. Its working memory is two rows, whatever the picture's size. Skia's own scaling is not used: its filters
/// alias or blur when the factor is not a power of two, which affects models (docs/decisions/0003-image-resampling.md).
/// </summary>
internal static class Resampler
{
    private const int Channels = 4;

    public static void Run<TSink>(DecodedImage image, in ImagePlan plan, ref TSink sink)
        where TSink : struct, IRowSink, allows ref struct
    {
        var across = new AxisWeights(plan.SourceX, plan.SourceWidth, image.Width, plan.Width);
        var down = new AxisWeights(plan.SourceY, plan.SourceHeight, image.Height, plan.Height);
        // Columns that no output pixel uses are skipped.
        var (left, right) = (across.Start(0), across.Start(plan.Width - 1) + across.Taps);
        var (sumLength, rowLength) = ((right - left) * Channels, plan.Width * Channels);
        var rented = ArrayPool<float>.Shared.Rent(sumLength + rowLength);
        try
        {
            var sum = rented.AsSpan(0, sumLength);
            var row = rented.AsSpan(sumLength, rowLength);
            for (var y = 0; y < plan.Height; y++)
            {
                sum.Clear();
                var weights = down.Weights(y);
                for (var k = 0; k < weights.Length; k++)
                {
                    if (weights[k] != 0)
                    {
                        Add(sum, image.Row(down.Start(y) + k).Slice(left * Channels, sumLength), weights[k]);
                    }
                }

                Across(sum, left, across, row);
                sink.Row(y, row);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private static void Add(Span<float> sum, ReadOnlySpan<byte> row, float weight)
    {
        var i = 0;
        for (; i <= sum.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(in row[i])).AsByte();
            var (low, high) = Vector128.Widen(Vector128.WidenLower(bytes));
            var values = Vector256.ConvertToSingle(Vector256.Create(low, high).AsInt32());
            Vector256.FusedMultiplyAdd(values, Vector256.Create(weight), Vector256.LoadUnsafe(ref sum[i])).StoreUnsafe(ref sum[i]);
        }

        for (; i < sum.Length; i++)
        {
            sum[i] += row[i] * weight;
        }
    }

    private static void Across(ReadOnlySpan<float> sum, int left, in AxisWeights across, Span<float> row)
    {
        for (var x = 0; x < row.Length / Channels; x++)
        {
            var weights = across.Weights(x);
            var pixels = sum.Slice((across.Start(x) - left) * Channels, weights.Length * Channels);
            var value = Vector128<float>.Zero;
            for (var k = 0; k < weights.Length; k++)
            {
                value = Vector128.FusedMultiplyAdd(Vector128.LoadUnsafe(in pixels[k * Channels]), Vector128.Create(weights[k]), value);
            }

            value.StoreUnsafe(ref row[x * Channels]);
        }
    }
}
