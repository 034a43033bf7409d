using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PerCall.Training.Factorization;

/// <summary>The two vector operations of stochastic gradient descent on factors, over padded rows.</summary>
internal static class GradientStep
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(ref float left, ref float right, int stride)
    {
        var sum = Vector256<float>.Zero;
        for (nint at = 0; at < stride; at += FactorTable.Lanes)
        {
            sum += Vector256.LoadUnsafe(ref Unsafe.Add(ref left, at)) * Vector256.LoadUnsafe(ref Unsafe.Add(ref right, at));
        }

        return Vector256.Sum(sum);
    }

    /// <summary>One step down the gradient of (error² + λ(‖left‖² + ‖right‖²)) ÷ 2, both vectors at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Descend(ref float left, ref float right, int stride, float error, float rate, float regularization)
    {
        var pull = Vector256.Create(rate * error);
        var keep = Vector256.Create(1 - (rate * regularization));
        for (nint at = 0; at < stride; at += FactorTable.Lanes)
        {
            ref var l = ref Unsafe.Add(ref left, at);
            ref var r = ref Unsafe.Add(ref right, at);
            var a = Vector256.LoadUnsafe(ref l);
            var b = Vector256.LoadUnsafe(ref r);
            ((keep * a) + (pull * b)).StoreUnsafe(ref l);
            ((keep * b) + (pull * a)).StoreUnsafe(ref r);
        }
    }
}
