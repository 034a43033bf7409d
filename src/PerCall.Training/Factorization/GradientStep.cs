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

    /// <summary>Descends one step along the gradient of (error² + λ(‖left‖² + ‖right‖²)) ÷ 2, for both vectors at once.</summary>
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

    /// <summary>Same, where the left vector is the sum of two, each with its own λ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void DescendWithSum(
        ref float left, ref float right, ref float sum, int stride, float error, float rate, float regularization, float sumRegularization)
    {
        var pull = Vector256.Create(rate * error);
        var keep = Vector256.Create(1 - (rate * regularization));
        var keepSum = Vector256.Create(1 - (rate * sumRegularization));
        for (nint at = 0; at < stride; at += FactorTable.Lanes)
        {
            ref var l = ref Unsafe.Add(ref left, at);
            ref var r = ref Unsafe.Add(ref right, at);
            ref var s = ref Unsafe.Add(ref sum, at);
            var a = Vector256.LoadUnsafe(ref l);
            var b = Vector256.LoadUnsafe(ref r);
            var c = Vector256.LoadUnsafe(ref s);
            ((keep * a) + (pull * b)).StoreUnsafe(ref l);
            ((keep * b) + (pull * (a + c))).StoreUnsafe(ref r);
            ((keepSum * c) + (pull * b)).StoreUnsafe(ref s);
        }
    }

    /// <summary>target += factor × source</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(ref float target, ref float source, int stride, float factor)
    {
        var times = Vector256.Create(factor);
        for (nint at = 0; at < stride; at += FactorTable.Lanes)
        {
            ref var t = ref Unsafe.Add(ref target, at);
            (Vector256.LoadUnsafe(ref t) + (times * Vector256.LoadUnsafe(ref Unsafe.Add(ref source, at)))).StoreUnsafe(ref t);
        }
    }
}
