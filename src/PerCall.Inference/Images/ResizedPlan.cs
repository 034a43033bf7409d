using PerCall.Inference.Packages;

namespace PerCall.Inference.Images;

/// <summary>
/// Resizes a whole picture to whole pixels and crops the result, as torchvision's Resize and CenterCrop do. <see cref="Plan"/> is the same
/// mapping in pixels of the source.
/// </summary>
/// <param name="Width">The width of the resized picture before the crop.</param>
/// <param name="Height">Its height.</param>
/// <param name="Left">The first column of the crop.</param>
/// <param name="Top">The first row of the crop.</param>
/// <param name="Plan">The part of the source that remains, and its place in the target.</param>
internal readonly record struct ResizedPlan(int Width, int Height, int Left, int Top, ImagePlan Plan)
{
    public static ResizedPlan For(ResizeRule rule, int sourceWidth, int sourceHeight, int width, int height, int? resizeTo)
    {
        switch (rule)
        {
            case ResizeRule.ShortestSide when sourceWidth <= sourceHeight:
                return Cropped(resizeTo!.Value, Other(resizeTo.Value, sourceWidth, sourceHeight));

            case ResizeRule.ShortestSide:
                return Cropped(Other(resizeTo!.Value, sourceHeight, sourceWidth), resizeTo.Value);

            case ResizeRule.Stretch when resizeTo is { } side:
                return Cropped(side, side);

            case ResizeRule.Cover when (long)width * sourceHeight >= (long)height * sourceWidth:
                return Cropped(width, Math.Max(height, Other(width, sourceWidth, sourceHeight)));

            case ResizeRule.Cover:
                return Cropped(Math.Max(width, Other(height, sourceHeight, sourceWidth)), height);

            default:
                var plan = ImagePlan.For(rule, sourceWidth, sourceHeight, width, height, resizeTo);
                return new(plan.Width, plan.Height, 0, 0, plan);
        }

        ResizedPlan Cropped(int resizedWidth, int resizedHeight)
        {
            var (left, top) = (Half(resizedWidth - width), Half(resizedHeight - height));
            var (scaleX, scaleY) = ((double)sourceWidth / resizedWidth, (double)sourceHeight / resizedHeight);
            return new(
                resizedWidth, resizedHeight, left, top,
                new(left * scaleX, top * scaleY, width * scaleX, height * scaleY, 0, 0, width, height));
        }
    }

    /// <summary>Returns the other side of a picture whose one side is resized to <paramref name="to"/>, rounded down.</summary>
    private static int Other(int to, int side, int other) => (int)((double)((long)to * other) / side);

    /// <summary>Half of a margin in pixels; halves are rounded to even, as by Python.</summary>
    private static int Half(int margin) => (int)Math.Round(margin / 2.0, MidpointRounding.ToEven);
}
