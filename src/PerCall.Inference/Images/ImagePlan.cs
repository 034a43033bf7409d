using PerCall.Inference.Packages;

namespace PerCall.Inference.Images;

/// <summary>
/// Maps a part of a picture to the target: a source rectangle in pixels of the upright picture (fractions allowed), and a destination
/// rectangle in whole pixels. The rest of the target is padding.
/// </summary>
internal readonly record struct ImagePlan(
    double SourceX, double SourceY, double SourceWidth, double SourceHeight, int X, int Y, int Width, int Height)
{
    public static ImagePlan For(ResizeRule rule, int sourceWidth, int sourceHeight, int width, int height, int? resizeTo)
    {
        switch (rule)
        {
            case ResizeRule.Stretch when resizeTo is { } side:
                var (cutX, cutY) = ((double)width / side * sourceWidth, (double)height / side * sourceHeight);
                return new((sourceWidth - cutX) / 2, (sourceHeight - cutY) / 2, cutX, cutY, 0, 0, width, height);

            case ResizeRule.Stretch:
                return new(0, 0, sourceWidth, sourceHeight, 0, 0, width, height);

            case ResizeRule.Contain:
                var fit = Math.Min((double)width / sourceWidth, (double)height / sourceHeight);
                var w = Math.Clamp((int)Math.Round(sourceWidth * fit), 1, width);
                var h = Math.Clamp((int)Math.Round(sourceHeight * fit), 1, height);
                return new(0, 0, sourceWidth, sourceHeight, (width - w) / 2, (height - h) / 2, w, h);

            case ResizeRule.Cover:
                return Centre(Math.Max((double)width / sourceWidth, (double)height / sourceHeight));

            case ResizeRule.ShortestSide:
                return Centre((double)resizeTo!.Value / Math.Min(sourceWidth, sourceHeight));

            default:
                throw new ArgumentOutOfRangeException(nameof(rule), rule, "Unknown resize rule.");
        }

        ImagePlan Centre(double scale)
        {
            var cutWidth = Math.Min(width / scale, sourceWidth);
            var cutHeight = Math.Min(height / scale, sourceHeight);
            return new((sourceWidth - cutWidth) / 2, (sourceHeight - cutHeight) / 2, cutWidth, cutHeight, 0, 0, width, height);
        }
    }

    /// <summary>
    /// Target pixels per source pixel, the larger of both directions: the share of the picture's resolution that is needed.
    /// </summary>
    public double Scale => Math.Max(Width / SourceWidth, Height / SourceHeight);

    /// <summary>Returns the same plan for a picture that was decoded at another size.</summary>
    public ImagePlan OnDecoded(double scaleX, double scaleY) =>
        this with
        {
            SourceX = SourceX * scaleX,
            SourceWidth = SourceWidth * scaleX,
            SourceY = SourceY * scaleY,
            SourceHeight = SourceHeight * scaleY
        };
}
