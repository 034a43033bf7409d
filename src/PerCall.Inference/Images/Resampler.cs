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
/// Resizes an upright picture, separably: each source row that is needed is resampled across once, and added up downwards, so that working
/// memory is three rows whatever the picture's size. Why not Skia's own scaling: its filters alias or blur where a picture shrinks by a
/// factor that is not a power of two, and models notice (docs/decisions/0003-image-resampling.md).
/// </summary>
internal static class Resampler
{
    private const int Channels = 4;

    public static void Run<TSink>(DecodedImage image, in ImagePlan plan, ref TSink sink)
        where TSink : struct, IRowSink, allows ref struct
    {
        var walk = image.Upright();
        var across = new AxisWeights(plan.SourceX, plan.SourceWidth, walk.Width, plan.Width);
        var down = new AxisWeights(plan.SourceY, plan.SourceHeight, walk.Height, plan.Height);
        var length = plan.Width * Channels;
        var rented = ArrayPool<float>.Shared.Rent(length * 3);
        try
        {
            var sum = rented.AsSpan(0, length);
            // Neighbouring output rows share at most two source rows; they are kept, by parity of their number.
            Span<int> kept = [-1, -1];
            for (var y = 0; y < plan.Height; y++)
            {
                sum.Clear();
                var weights = down.Weights(y);
                for (var k = 0; k < weights.Length; k++)
                {
                    if (weights[k] == 0)
                    {
                        continue;
                    }

                    var sourceRow = down.Start(y) + k;
                    var slot = sourceRow & 1;
                    var row = rented.AsSpan(length * (1 + slot), length);
                    if (kept[slot] != sourceRow)
                    {
                        Across(walk, sourceRow, across, row);
                        kept[slot] = sourceRow;
                    }

                    Add(sum, row, weights[k]);
                }

                sink.Row(y, sum);
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }

    private static unsafe void Across(in DecodedImage.Walk walk, int y, in AxisWeights across, Span<float> row)
    {
        var source = (uint*)walk.First + (walk.Row * y);
        for (var x = 0; x < row.Length / Channels; x++)
        {
            var pixel = source + (walk.Column * across.Start(x));
            var sum = Vector128<float>.Zero;
            foreach (var weight in across.Weights(x))
            {
                sum += Widen(*pixel) * weight;
                pixel += walk.Column;
            }

            sum.StoreUnsafe(ref row[x * Channels]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Widen(uint pixel) =>
        Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(pixel).AsByte())).AsInt32());

    private static void Add(Span<float> sum, ReadOnlySpan<float> row, float weight)
    {
        var i = 0;
        for (; i <= sum.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            (Vector256.LoadUnsafe(ref sum[i]) + (Vector256.LoadUnsafe(in row[i]) * weight)).StoreUnsafe(ref sum[i]);
        }

        for (; i < sum.Length; i++)
        {
            sum[i] += row[i] * weight;
        }
    }
}
