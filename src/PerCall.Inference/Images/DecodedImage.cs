using System.Runtime.InteropServices;
using SkiaSharp;

namespace PerCall.Inference.Images;

/// <summary>
/// Pixels in sRGB, 4 bytes each (R, G, B, A, premultiplied), as they lie in the file: <see cref="Origin"/> tells how the picture stands upright.
/// In native memory, because one picture can be large and is wanted for milliseconds only.
/// </summary>
internal sealed unsafe class DecodedImage : IDisposable
{
    private uint* _pixels;

    public DecodedImage(int width, int height, SKEncodedOrigin origin, bool opaque)
    {
        (Width, Height, Origin, Opaque) = (width, height, origin, opaque);
        _pixels = (uint*)NativeMemory.Alloc((nuint)width * (nuint)height, sizeof(uint));
    }

    public int Width { get; }

    public int Height { get; }

    public SKEncodedOrigin Origin { get; }

    public bool Opaque { get; }

    public nint Address => (nint)_pixels;

    /// <summary>Whether the picture stands on its side in the file, so that its width is the file's height.</summary>
    public static bool IsTurned(SKEncodedOrigin origin) => origin is
        SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

    /// <summary>How to walk the upright picture: the address of its first pixel, and the distance in pixels to the next column and row.</summary>
    public Walk Upright()
    {
        nint w = Width, h = Height;
        var (first, column, row) = Origin switch
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
        return IsTurned(Origin) ? new(_pixels + first, column, row, Height, Width) : new(_pixels + first, column, row, Width, Height);
    }

    public void Dispose()
    {
        NativeMemory.Free(_pixels);
        _pixels = null;
        GC.SuppressFinalize(this);
    }

    ~DecodedImage() => NativeMemory.Free(_pixels);

    internal readonly record struct Walk(nint First, nint Column, nint Row, int Width, int Height)
    {
        public Walk(uint* first, nint column, nint row, int width, int height)
            : this((nint)first, column, row, width, height)
        {
        }
    }
}
