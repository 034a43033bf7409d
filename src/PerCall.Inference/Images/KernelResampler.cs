using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PerCall.Inference.Packages;

namespace PerCall.Inference.Images;

/// <summary>
/// Resizes a picture by a kernel of Pillow, with its rounding: first each row, to 8 bits, and then the columns. A source row is read once
/// and added to the output rows that need it, so the working memory is a few output rows where a picture shrinks, and at most the target's
/// size where it grows (docs/decisions/0052-named-resampling.md).
/// </summary>
internal static class KernelResampler
{
    /// <summary>The largest side of a source picture in pixels. Weights take up to 24 bytes per pixel of a side.</summary>
    public const int MaxSide = 65_535;

    private const int Channels = 4;

    // Pillow's precision for 8 bits per channel: two bits remain for the sum of weights beyond 1, and for the sign.
    private const int PillowBits = 32 - 8 - 2;

    // OpenCV rounds only once, behind the second pass.
    private const int OpenCvBits = 11;

    /// <param name="image">The upright picture, opaque.</param>
    /// <param name="plan">The sizes.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="antialias">Whether the kernel widens where the picture shrinks.</param>
    /// <param name="sink">Receives the rows.</param>
    public static void Run<TSink>(DecodedImage image, in ResizedPlan plan, Resampling kernel, bool antialias, ref TSink sink)
        where TSink : struct, IRowSink, allows ref struct
    {
        var (bits, shift) = antialias ? (PillowBits, PillowBits) : (OpenCvBits, 2 * OpenCvBits);
        var (width, height) = (plan.Plan.Width, plan.Plan.Height);
        var across = new KernelWeights(kernel, antialias, image.Width, plan.Width, plan.Left, width, bits);
        var down = new KernelWeights(kernel, antialias, image.Height, plan.Height, plan.Top, height, bits);
        var (length, open) = (width * Channels, MostOpen(down, height));
        var rented = ArrayPool<int>.Shared.Rent((open + 1) * length);
        var floats = ArrayPool<float>.Shared.Rent(length);
        try
        {
            var line = rented.AsSpan(0, length);
            var sums = rented.AsSpan(length, open * length);
            var (done, next) = (0, 0);
            for (var row = down.Start(0); done < height; row++)
            {
                for (; next < height && down.Start(next) <= row; next++)
                {
                    sums.Slice(next % open * length, length).Fill(1 << (shift - 1));
                }

                if (next == done)
                {
                    continue;
                }

                Across(image.Row(row), across, antialias, line);
                for (var y = done; y < next; y++)
                {
                    if (row < down.End(y))
                    {
                        Add(sums.Slice(y % open * length, length), line, down.Weights(y)[row - down.Start(y)]);
                    }
                }

                for (; done < next && down.End(done) <= row + 1; done++)
                {
                    Emit(sums.Slice(done % open * length, length), shift, floats.AsSpan(0, length));
                    sink.Row(done, floats.AsSpan(0, length));
                }
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(rented);
            ArrayPool<float>.Shared.Return(floats);
        }
    }

    /// <summary>Returns the largest number of output rows that one source row is added to.</summary>
    private static int MostOpen(in KernelWeights down, int height)
    {
        var (most, done) = (1, 0);
        for (var next = 0; next < height; next++)
        {
            while (down.End(done) <= down.Start(next))
            {
                done++;
            }

            most = Math.Max(most, next - done + 1);
        }

        return most;
    }

    private static void Across(ReadOnlySpan<byte> source, in KernelWeights across, bool rounded, Span<int> line)
    {
        var half = Vector128.Create(rounded ? 1 << (PillowBits - 1) : 0);
        for (var x = 0; x < line.Length / Channels; x++)
        {
            var weights = across.Weights(x);
            var pixels = source.Slice(across.Start(x) * Channels, weights.Length * Channels);
            var sum = half;
            for (var k = 0; k < weights.Length; k++)
            {
                var bytes = Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(in pixels[k * Channels])).AsByte();
                sum += Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32() * weights[k];
            }

            (rounded ? Byte(sum >> PillowBits) : sum).StoreUnsafe(ref line[x * Channels]);
        }
    }

    private static void Add(Span<int> sum, ReadOnlySpan<int> line, int weight)
    {
        for (var i = 0; i <= sum.Length - Vector128<int>.Count; i += Vector128<int>.Count)
        {
            (Vector128.LoadUnsafe(ref sum[i]) + (Vector128.LoadUnsafe(in line[i]) * weight)).StoreUnsafe(ref sum[i]);
        }
    }

    private static void Emit(ReadOnlySpan<int> sum, int shift, Span<float> row)
    {
        for (var i = 0; i <= sum.Length - Channels; i += Channels)
        {
            // The picture is opaque, whatever the rounding of the weights.
            Vector128.ConvertToSingle(Byte(Vector128.LoadUnsafe(in sum[i]) >> shift)).WithElement(3, byte.MaxValue).StoreUnsafe(ref row[i]);
        }
    }

    private static Vector128<int> Byte(Vector128<int> value) =>
        Vector128.Min(Vector128.Max(value, Vector128<int>.Zero), Vector128.Create((int)byte.MaxValue));
}
