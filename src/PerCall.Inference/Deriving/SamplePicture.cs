using PerCall.Inference.Outputs;
using SkiaSharp;

namespace PerCall.Inference.Deriving;

/// <summary>A picture for the golden example of a model.</summary>
internal static class SamplePicture
{
    private const long MaxBytes = 4 << 20;
    private const string Drawn = "samples/sample.png";

    /// <summary>Copies the first picture of the folder to <c>samples/</c>, or draws one.</summary>
    /// <returns>Its path in the package.</returns>
    public static string In(ModelFolder folder, int[] shape)
    {
        if (folder.Files.FirstOrDefault(f => IsPicture(f) && new FileInfo(folder.Full(f)).Length <= MaxBytes) is { } found)
        {
            if (found.StartsWith("samples/", StringComparison.Ordinal))
            {
                return found;
            }

            var copy = $"samples/sample{Path.GetExtension(found).ToLowerInvariant()}";
            Directory.CreateDirectory(folder.Full("samples"));
            File.Copy(folder.Full(found), folder.Full(copy), overwrite: true);
            return copy;
        }

        Directory.CreateDirectory(folder.Full("samples"));
        File.WriteAllBytes(folder.Full(Drawn), Draw(Math.Clamp(shape.Max(), 32, 640)));
        return Drawn;
    }

    private static bool IsPicture(string file) => file != MaskForm.Recorded
        && Path.GetExtension(file).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg" or ".webp" or ".bmp";

    /// <summary>Draws a red disc on a gradient: every channel has different values.</summary>
    private static byte[] Draw(int side)
    {
        using var surface = SKSurface.Create(new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var sky = new SKPaint
        {
            Shader = SKShader.CreateLinearGradient(
                new(0, 0), new(side, side), [new(40, 90, 160), new(220, 210, 120)], SKShaderTileMode.Clamp),
        };
        using var disc = new SKPaint { Color = new(200, 40, 30), IsAntialias = true };
        surface.Canvas.DrawPaint(sky);
        surface.Canvas.DrawCircle(side * 0.45f, side * 0.55f, side * 0.25f, disc);
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }
}
