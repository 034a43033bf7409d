using Microsoft.ML.OnnxRuntime;

namespace PerCall.Inference.Images;

/// <summary>How a computed value is stored in a tensor of one element type.</summary>
internal interface ITensorElement<T>
    where T : unmanaged
{
    static abstract T From(float value);
}

internal readonly struct Float32Element : ITensorElement<float>
{
    public static float From(float value) => value;
}

internal readonly struct Float16Element : ITensorElement<Float16>
{
    public static Float16 From(float value) => new(BitConverter.HalfToUInt16Bits((Half)value));
}

internal readonly struct Int32Element : ITensorElement<int>
{
    public static int From(float value) => (int)MathF.Round(value);
}

internal readonly struct Int64Element : ITensorElement<long>
{
    public static long From(float value) => (long)MathF.Round(value);
}

internal readonly struct UInt8Element : ITensorElement<byte>
{
    public static byte From(float value) => (byte)Math.Clamp(MathF.Round(value), 0, 255);
}
