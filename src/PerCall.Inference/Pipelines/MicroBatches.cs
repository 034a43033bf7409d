namespace PerCall.Inference.Pipelines;

/// <summary>
/// Groups the inputs of a call into runs of similar length. A run's tensors are as long as its longest input, so padding of shorter ones is
/// wasted work.
/// </summary>
internal static class MicroBatches
{
    /// <summary>Maximum number of inputs per run, for most kinds of inputs.</summary>
    public const int MaxRows = 32;

    /// <summary>
    /// Maximum number of places in one run's tensors; a longer input runs alone. A processor is fastest when a run's data stays in its
    /// cache: measured on the two LSTMs that come with PerCall, 512 to 1,024 places are 1.4 to 4 times as fast as 16,384
    /// (docs/decisions/0004).
    /// </summary>
    public const int MaxPlaces = 768;

    /// <summary>Returns the indexes of the inputs, run by run, shortest first.</summary>
    /// <param name="lengths">Number of places of each input.</param>
    /// <param name="maxRows">Maximum number of inputs per run.</param>
    /// <param name="equalLengths">Whether all inputs of a run must have the same length.</param>
    public static IEnumerable<int[]> Plan(IReadOnlyList<int> lengths, int maxRows, bool equalLengths = false)
    {
        var order = Enumerable.Range(0, lengths.Count).OrderBy(i => lengths[i]).ToArray();
        var from = 0;
        for (var i = 1; i <= order.Length; i++)
        {
            if (i == order.Length
                || i - from == maxRows
                || (equalLengths && lengths[order[i]] != lengths[order[from]])
                || (lengths[order[i]] > 1 && (long)lengths[order[i]] * (i - from + 1) > MaxPlaces))
            {
                yield return order[from..i];
                from = i;
            }
        }
    }
}
