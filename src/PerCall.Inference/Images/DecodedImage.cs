using System.Runtime.InteropServices;
using SkiaSharp;

namespace PerCall.Inference.Images;

/// <summary>
/// Pixels in sRGB, row by row, 4 bytes each (R, G, B, A; premultiplied unless decoded straight). They are in native memory, because a
/// picture can be large and is needed only for milliseconds.
/// </summary>
internal sealed unsafe class DecodedImage(int width, int height) : IDisposable
{
    private uint* _pixels = (uint*)NativeMemory.Alloc((nuint)width * (nuint)height, sizeof(uint));

    ~DecodedImage() => NativeMemory.Free(_pixels);

    public int Width => width;

    public int Height => height;

    public nint Address => (nint)_pixels;

    /// <summary>Returns the bytes of one row.</summary>
    public ReadOnlySpan<byte> Row(int y)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)height);
        return new(_pixels + ((nint)y * width), width * sizeof(uint));
    }

    /// <summary>Whether a picture is stored rotated by 90 degrees, so that its width is the file's height.</summary>
    public static bool IsTurned(SKEncodedOrigin origin) => origin is
        SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

    /// <summary>Returns an upright copy (EXIF 2.32, tag 0x0112, specifies where the file's first row and column belong).</summary>
    public DecodedImage Upright(SKEncodedOrigin origin)
    {
        nint w = width, h = height;
        // The position in the file of the upright picture's first pixel, and the offsets from it to the next column and row.
        var (first, column, row) = origin switch
        {
            SKEncodedOrigin.TopRight => (w - 1, (nint)(-1), w),
            SKEncodedOrigin.BottomRight => ((w * h) - 1, -1, -w),
            SKEncodedOrigin.BottomLeft => (w * (h - 1), 1, -w),
            SKEncodedOrigin.LeftTop => (0, w, 1),
            SKEncodedOrigin.RightTop => (w * (h - 1), -w, 1),
            SKEncodedOrigin.RightBottom => ((w * h) - 1, -w, -1),
            SKEncodedOrigin.LeftBottom => (w - 1, w, -1),
            _ => (0, 1, w),
        };
        var upright = IsTurned(origin) ? new DecodedImage(height, width) : new DecodedImage(width, height);
        var to = upright._pixels;
        for (var y = 0; y < upright.Height; y++)
        {
            var from = _pixels + first + (row * y);
            for (var x = 0; x < upright.Width; x++, from += column)
            {
                *to++ = *from;
            }
        }

        return upright;
    }

    /// <summary>Blends straight pixels with a background, with the rounding of Pillow's paste, and makes them opaque.</summary>
    public void PutOn(Rgb background)
    {
        for (nint i = 0; i < (nint)width * height; i++)
        {
            var pixel = (byte*)(_pixels + i);
            var alpha = pixel[3];
            (pixel[0], pixel[1], pixel[2], pixel[3]) = (
                Blend(pixel[0], background.R, alpha), Blend(pixel[1], background.G, alpha), Blend(pixel[2], background.B, alpha),
                byte.MaxValue);
        }

        static byte Blend(int over, int under, int alpha)
        {
            var sum = (over * alpha) + (under * (byte.MaxValue - alpha)) + 128;
            return (byte)((sum + (sum >> 8)) >> 8);
        }
    }

    /// <summary>Replaces colours by luma (ITU-R BT.601) in 16 bits fixed-point, as Pillow's conversion to L.</summary>
    public void MakeGray()
    {
        for (nint i = 0; i < (nint)width * height; i++)
        {
            var pixel = (byte*)(_pixels + i);
            var luma = (byte)(((pixel[0] * 19595) + (pixel[1] * 38470) + (pixel[2] * 7471) + 0x8000) >> 16);
            (pixel[0], pixel[1], pixel[2]) = (luma, luma, luma);
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_pixels);
        _pixels = null;
        GC.SuppressFinalize(this);
    }
}
