using Microsoft.ML.OnnxRuntime;
using PerCall.Inference.Sessions;

namespace PerCall.Inference.Recommend.Scoring;

/// <summary>Item indexes and their scores, best first.</summary>
internal sealed record ItemScores(IReadOnlyList<long> Items, IReadOnlyList<float> Scores)
{
    /// <summary>The graph's input <c>user</c> when no user is given.</summary>
    public const long Nobody = -1;

    /// <summary>Runs a recommender's graph.</summary>
    /// <param name="session">The graph.</param>
    /// <param name="user">A user index, or <see cref="Nobody"/>.</param>
    /// <param name="vector">The vector of a caller without an index. With an index its values are ignored, but its length must fit.</param>
    /// <param name="candidates">The items to choose from; empty for all.</param>
    /// <param name="excluded">Items to exclude.</param>
    /// <param name="count">Maximum number of items.</param>
    /// <param name="cancellation">Stops the run at its next operator.</param>
    public static ItemScores Run(
        ModelSession session, long user, Memory<float> vector, long[] candidates, long[] excluded, long count,
        CancellationToken cancellation)
    {
        using var users = Tensor<long>(new[] { user }, 1);
        using var vectors = Tensor(vector, 1, vector.Length);
        using var from = Tensor<long>(candidates, candidates.Length);
        using var without = Tensor<long>(excluded, excluded.Length);
        using var most = Tensor<long>(new[] { count }, 1);
        using var outputs = session.Run([users, vectors, from, without, most], cancellation);
        return new(outputs[0].GetTensorDataAsSpan<long>().ToArray(), outputs[1].GetTensorDataAsSpan<float>().ToArray());
    }

    private static OrtValue Tensor<T>(Memory<T> values, params long[] shape) where T : unmanaged =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values, shape);
}
