using System.Globalization;

namespace PerCall.Inference.Images;

/// <summary>A colour in sRGB, 0 to 255 per channel.</summary>
internal readonly record struct Rgb(byte R, byte G, byte B)
{
    public static bool TryParse(string text, out Rgb color)
    {
        color = default;
        if (text.Length != 7 || text[0] != '#' || !uint.TryParse(
            text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        color = new((byte)(value >> 16), (byte)(value >> 8), (byte)value);
        return true;
    }

    public static Rgb Parse(string text) => TryParse(text, out var color)
        ? color
        : throw new FormatException($"'{text}' is not a colour; expected #rrggbb.");
}
